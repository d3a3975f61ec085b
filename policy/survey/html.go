package survey

import (
	_ "embed" // the template
	"html/template"
	"io"
)

//go:embed report.html
var reportHTML string

// legend is what a colour of the bars means.
type legend struct {
	State State
	Name  string
}

// WriteHTML writes the report as one page that needs nothing else: no script, no font, no network. It follows the
// light or dark scheme of the reader and prints.
func WriteHTML(w io.Writer, r *Report, o Options) error {
	o = o.withDefaults()
	t, err := template.New("report").Parse(reportHTML)
	if err != nil {
		return err
	}
	data := struct {
		page
		Chart  *chart
		Bars   []bar
		Day    string
		Legend []legend
	}{page: newPage(r, o)}
	if len(r.Runs) > 1 {
		data.Chart = newChart(r, o)
	}
	if n := len(r.Runs); n > 0 {
		last := &r.Runs[n-1]
		data.Bars, data.Day = newBars(last, o.Lang), (&writer{r: r, o: o, words: phrases()}).say("cross", Date(last.At))
	}
	for _, s := range States() {
		data.Legend = append(data.Legend, legend{s, stateName(s, o.Lang)})
	}
	return t.Execute(w, data)
}
