// Package metrics names the series that sekimori shows to Prometheus and counts messages and events in them. It decides
// which labels exist: every one comes from a closed list in the program or from the policy file, never from a message,
// and every series is there from the start, at 0. Where a Record comes from, and how the series are served, is said
// elsewhere.
package metrics

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sekimori/policy"
)

const namespace = "sekimori"

// Limits of the handler. A scrape beyond the first is answered 503; one that takes longer is cut off.
const (
	MaxScrapes    = 4
	ScrapeTimeout = 10 * time.Second
)

// Metrics is the set of series. Its methods may be called from many goroutines at once.
type Metrics struct {
	messages, recipients, hits, findings, exemptions, auth *prometheus.CounterVec
	unexamined, queries, cacheHits, sessions, reloads      *prometheus.CounterVec
	autoReplies, replyGuard, suspicion, contactQueries     *prometheus.CounterVec
	bulletinHits, drillFailures, drillExemptions           *prometheus.CounterVec
	bulletinSize, bulletinExpiry                           *prometheus.GaugeVec

	duration, wait, bytes, score  prometheus.Histogram
	dnsDuration                   *prometheus.HistogramVec
	open, loaded, loadedAt        prometheus.Gauge
	sessionAccepted, refused      prometheus.Counter
	protocolErrors, panics        prometheus.Counter
	reloadSucceeded, reloadFailed prometheus.Counter
	unexaminedReasons             map[policy.Unexamined]prometheus.Counter
	dns                           map[policy.DNSType]*dnsSeries
	results                       [methods]map[policy.Result]prometheus.Counter
	rules                         map[ruleKey]prometheus.Counter
	found                         map[findingKey]prometheus.Counter
	guard                         map[guardKey]prometheus.Counter
	levels                        []guardLevel // surest first
	contacts                      map[policy.ContactResult]prometheus.Counter
	failures                      map[string]prometheus.Counter // by finding
	store                         storeSeries
	ledgerFailed, ledgerRefused   prometheus.Counter
	rejected, webhooks            *prometheus.CounterVec
	strangers                     prometheus.Counter
	preset                        sync.Mutex // serialises Preset
	labels                        atomic.Pointer[labels]
}

// New registers every series with reg, those of the Go runtime and of the process included, and presets the labels that p
// brings. It panics where reg already has one of them. The policy counts as loaded now.
func New(reg prometheus.Registerer, p *policy.Policy, version, goversion string) *Metrics {
	m := &Metrics{}
	f := factory{reg}
	m.newMessageSeries(f)
	m.newEventSeries(f)
	m.newStoreSeries(f)
	m.newLedgerSeries(f)
	m.newDrillWebhookSeries(f)
	f.gauge("build_info", "Always 1; the labels say which version runs.",
		prometheus.Labels{"version": version, "goversion": goversion}).Set(1)
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.labels.Store(&labels{})
	m.Preset(p)
	m.loaded.Set(1)
	m.loadedAt.SetToCurrentTime()
	return m
}

// Registry holds series. It is the library's own, named here so that nobody else imports the library.
type Registry = prometheus.Registry

// NewRegistry returns an empty registry.
func NewRegistry() *Registry { return prometheus.NewRegistry() }

// Handler serves what g gathers, in the formats of Prometheus and OpenMetrics.
func Handler(g prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{MaxRequestsInFlight: MaxScrapes, Timeout: ScrapeTimeout})
}

// factory makes series of the namespace and registers them.
type factory struct{ reg prometheus.Registerer }

func (f factory) counters(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.reg.MustRegister(v)
	return v
}

func (f factory) counter(name, help string) prometheus.Counter {
	return f.counters(name, help).WithLabelValues()
}

func (f factory) gauge(name, help string, labels prometheus.Labels) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels})
	f.reg.MustRegister(g)
	return g
}

func (f factory) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.reg.MustRegister(v)
	return v
}

func (f factory) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	f.reg.MustRegister(v)
	return v
}

func (f factory) histogram(name, help string, buckets []float64) prometheus.Histogram {
	return f.histograms(name, help, buckets).WithLabelValues().(prometheus.Histogram)
}
