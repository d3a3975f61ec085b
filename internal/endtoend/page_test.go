//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestPages draws the pages of the reports in Chromium, light and dark, wide and narrow, in both languages, in a namespace from which
// nothing can be reached, and looks at what a reader sees.
func TestPages(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := t.TempDir()
	series := surveySeries(t, dir)
	for _, lang := range []string{"en", "ja"} {
		pages := map[string]string{
			"drill":  sekimori(t, 0, "drill", "report", "--counts", "../../contrib/examples/drill.csv", "--format", "html", "--lang", lang),
			"survey": sekimori(t, 0, append([]string{"survey", "report", "--format", "html", "--groups", "--lang", lang}, series...)...),
		}
		for name, page := range pages {
			for _, look := range []look{{"light", 1000}, {"dark", 500}} {
				t.Run(name+" "+lang+" "+look.scheme, func(t *testing.T) { checkPage(t, page, lang, look) })
			}
		}
	}
}

// look is how a page is looked at.
type look struct {
	scheme string
	width  int // CSS pixels
}

// drawn is what probe.js says of a page.
type drawn struct {
	Overflow  int      // CSS pixels by which it is wider than the window
	Resources []string // what it fetched
	Contrast  float64  // of the letters that are hardest to read
	Faintest  string   // those letters
	Outside   []string // texts that leave their chart
	Glyphs    int      // of eight characters of Japanese, how many look different
	Charts    int
	Scripts   int
	Language  string
}

func checkPage(t *testing.T, page, lang string, look look) {
	got, shot := draw(t, page, look)
	if got.Overflow > 0 {
		t.Errorf("the page is %d pixels wider than the window", got.Overflow)
	}
	if len(got.Resources) > 0 || got.Scripts > 0 {
		t.Errorf("the page fetches %q and has %d scripts", got.Resources, got.Scripts)
	}
	const readable = 4.5 // WCAG 2.2, 1.4.3
	if got.Contrast < readable {
		t.Errorf("%q has a contrast of %.1f", got.Faintest, got.Contrast)
	}
	if len(got.Outside) > 0 {
		t.Errorf("texts leave their chart: %q", got.Outside)
	}
	if got.Glyphs < 8 {
		t.Errorf("of eight characters of Japanese %d can be told apart: there is no font for them", got.Glyphs)
	}
	if got.Charts == 0 || got.Language != lang {
		t.Errorf("%d charts, language %q", got.Charts, got.Language)
	}
	paper := brightness(shot.At(2, 2))
	if dark := look.scheme == "dark"; dark && paper > 60 || !dark && paper < 240 {
		t.Errorf("the paper has a brightness of %d of 255", paper)
	}
	if ink := inked(shot); ink < 0.01 || ink > 0.5 {
		t.Errorf("%.1f %% of the page is not paper", 100*ink)
	}
}

var policyOfPage = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)

// draw has Chromium draw a page with probe.js behind it, for which its own prohibition of scripts is taken off.
func draw(t *testing.T, page string, look look) (drawn, image.Image) {
	t.Helper()
	probe, err := os.ReadFile("testdata/page/probe.js")
	if err != nil {
		t.Fatal(err)
	}
	if !policyOfPage.MatchString(page) {
		t.Fatal("the page allows scripts and foreign resources")
	}
	page = policyOfPage.ReplaceAllString(page, "")
	page = strings.Replace(page, "</body>", "<script>"+string(probe)+"</script></body>", 1)
	dir := t.TempDir()
	file, shot := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.png")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	scheme := map[string]int{"dark": 0, "light": 1}[look.scheme]
	cmd := exec.Command("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--user-data-dir="+filepath.Join(dir, "profile"), fmt.Sprintf("--window-size=%d,1400", look.width),
		fmt.Sprintf("--blink-settings=preferredColorScheme=%d", scheme), "--screenshot="+shot, "--dump-dom",
		(&url.URL{Scheme: "file", Path: file}).String())
	cmd.WaitDelay = 10 * time.Second
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, &wrong)
	}
	found := regexp.MustCompile(`<pre id="probe">([^<]*)</pre>`).FindSubmatch(dom)
	if found == nil {
		t.Fatalf("the probe did not run\n%s", &wrong)
	}
	var d drawn
	if err := json.Unmarshal([]byte(html.UnescapeString(string(found[1]))), &d); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return d, picture
}

func brightness(c color.Color) int { return int(color.GrayModel.Convert(c).(color.Gray).Y) }

// inked returns the share of a picture that differs from its corner.
func inked(p image.Image) float64 {
	b := p.Bounds()
	paper, n := brightness(p.At(b.Min.X+2, b.Min.Y+2)), 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if d := brightness(p.At(x, y)) - paper; d > 30 || d < -30 {
				n++
			}
		}
	}
	return float64(n) / float64(b.Dx()*b.Dy())
}

// surveySeries makes three surveys of twelve domains, more of which publish each time.
func surveySeries(t *testing.T, dir string) []string {
	t.Helper()
	const domains = 12
	var list strings.Builder
	list.WriteString("domain,group\n")
	for i := range domains {
		fmt.Fprintf(&list, "d%d.example,%s\n", i, []string{"本省", "地方支分部局"}[i%2])
	}
	domainsFile := filepath.Join(dir, "domains.csv")
	if err := os.WriteFile(domainsFile, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var files []string
	for run, publishing := range []int{4, 7, 10} {
		var zone strings.Builder
		for i := range domains {
			fmt.Fprintf(&zone, "d%d.example. 300 IN MX 10 mx.d%d.example.\n", i, i)
			if i < publishing {
				fmt.Fprintf(&zone, "d%d.example. 300 IN TXT \"v=spf1 ip4:192.0.2.%d -all\"\n_dmarc.d%d.example. 300 IN TXT \"v=DMARC1; p=reject\"\n", i, i+1, i)
			}
		}
		zoneFile, out := filepath.Join(dir, fmt.Sprintf("%d.zone", run)), filepath.Join(dir, fmt.Sprintf("%d.jsonl", run))
		if err := os.WriteFile(zoneFile, []byte(zone.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		sekimori(t, 0, "survey", "run", "--domains", domainsFile, "--dns", zoneFile, "--out", out)
		files = append(files, out)
	}
	return files
}
