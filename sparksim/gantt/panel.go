package gantt

import (
	"fmt"
	"strconv"
	"strings"

	"trailblazer/internal/svgchart"
)

func laneHeight(p *Panel) float64 { return min(mostLane, float64(lanesHeight)/float64(p.Executors)) }

func panelHeight(p *Panel) float64 {
	return svgchart.PanelHead + laneHeight(p)*float64(p.Executors) + 2*(curveGap+curveHeight) + svgchart.AxisHeight
}

// panel draws an episode from y down.
func (d *drawing) panel(p *Panel, y float64) {
	d.Head(y, p.Title, p.Notes)
	y += svgchart.PanelHead
	lanes := y
	lane := laneHeight(p)
	bottom := lanes + lane*float64(p.Executors)
	d.Background(lanes, bottom)
	d.laneLabels(p, lanes, lane)
	d.runsOf(p, lanes, lane)
	d.Grid(lanes, bottom)

	y = bottom + curveGap
	mean := meanRunning(p.Runs, p.EndMs)
	d.Caption(y, fmt.Sprintf("running executors: mean %.1f of %d, utilisation %.1f %%", mean, p.Executors, 100*mean/float64(p.Executors)))
	d.Scale(y, curveHeight, strconv.Itoa(p.Executors))
	d.Grid(y, y+curveHeight)
	d.busy(p, y)
	d.level("mean", p, y, mean/float64(p.Executors))

	y += curveHeight + curveGap
	curve := active(p.Jobs, p.EndMs)
	meanJobs, peak := meanAndPeak(curve, p.EndMs)
	top := svgchart.Ceiling(float64(d.peak), 1, 1.2, 1.5, 2, 3, 4, 5, 6, 8)
	d.Caption(y, fmt.Sprintf("active jobs: mean %.1f, at most %d", meanJobs, peak))
	d.Scale(y, curveHeight, strconv.FormatFloat(top, 'f', -1, 64))
	d.Grid(y, y+curveHeight)
	d.jobs(curve, p.EndMs, y, top)
	d.level("mean", p, y, meanJobs/top)

	y += curveHeight
	d.TimeAxis(y)
	d.EpisodeEnd(p.EndMs, lanes, y)
}

// laneLabels numbers every so many executors.
func (d *drawing) laneLabels(p *Panel, top, lane float64) {
	d.Put(`<text class="muted mid" transform="translate(22 `, svgchart.Number(top+lane*float64(p.Executors)/2), `) rotate(-90)">executor</text>`, "\n")
	step := int(svgchart.Ceiling(16/lane, 1, 2, 5))
	for e := 0; e < p.Executors; e += step {
		d.Text(left-8, top+lane*(float64(e)+0.5)+4, "muted end", strconv.Itoa(e))
	}
}

// runsOf draws the runs, job by job.
func (d *drawing) runsOf(p *Panel, top, lane float64) {
	list := blocks(p.Runs, d.Ms(shortPx), d.Ms(gapPx))
	d.joined += len(p.Runs) - len(list)
	height := lane
	if lane > 3 {
		height-- // The lanes' gap.
	}
	for i := range list {
		b := &list[i]
		if i == 0 || list[i-1].job != b.job {
			if i > 0 {
				d.Put("</g>\n")
			}
			d.Put(`<g class="job" fill="`, colour(int(b.job)), `">`, "\n")
		}
		x := d.X(b.startMs)
		w := d.X(b.endMs) - x
		if w > shortPx && i+1 < len(list) && list[i+1].executor == b.executor && list[i+1].job == b.job && d.X(list[i+1].startMs)-x-w < gapPx {
			w -= gapPx // Tells it from the next.
		}
		d.Put(`<path d="M`, svgchart.Number(x), " ", svgchart.Number(top+lane*float64(b.executor)), "h", svgchart.Number(w), "v", svgchart.Number(height), "h-", svgchart.Number(w), `z"><title>`, svgchart.Escape(p.describe(b)), "</title></path>\n")
	}
	if len(list) > 0 {
		d.Put("</g>\n")
	}
}

// describe is what hovering shows.
func (p *Panel) describe(b *block) string {
	var s strings.Builder
	fmt.Fprintf(&s, "job %d", b.job)
	if label := p.Jobs[b.job].Label; label != "" {
		s.WriteString(" (" + label + ")")
	}
	if b.stages == 1 {
		fmt.Fprintf(&s, ", stage %d", b.stage)
	} else {
		fmt.Fprintf(&s, ", stage %d and %d more in %d runs", b.stage, b.stages-1, b.runs)
	}
	fmt.Fprintf(&s, ", %s on executor %d: %.1f to %.1f s", plural(b.tasks, "task"), b.executor, b.startMs/1000, b.endMs/1000)
	return s.String()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// level draws a share of a curve's height across an episode.
func (d *drawing) level(class string, p *Panel, y, share float64) {
	at := y + curveHeight*(1-share)
	d.Line(class, left, at, d.X(p.EndMs), at)
}

// busy draws the mean number of running executors in each pixel.
func (d *drawing) busy(p *Panel, y float64) {
	end := d.X(p.EndMs)
	n := max(1, int(end-left))
	d.Put(`<path class="busy" d="M`, strconv.Itoa(left), " ", svgchart.Number(y+curveHeight))
	for i, mean := range running(p.Runs, p.EndMs, n) {
		x := left + (end-left)*(float64(i)+0.5)/float64(n)
		d.Put("L", svgchart.Number(x), " ", svgchart.Number(y+curveHeight*(1-mean/float64(p.Executors))))
	}
	d.Put("L", svgchart.Number(end), " ", svgchart.Number(y+curveHeight), `z"/>`, "\n")
}

// jobs draws the number of active jobs.
func (d *drawing) jobs(curve []point, endMs, y, top float64) {
	d.Put(`<path class="jobs" d="M`, strconv.Itoa(left), " ", svgchart.Number(y+curveHeight))
	for _, p := range curve {
		d.Put("H", svgchart.Number(d.X(p.ms)), "V", svgchart.Number(y+curveHeight*(1-float64(p.value)/top)))
	}
	d.Put("H", svgchart.Number(d.X(endMs)), "V", svgchart.Number(y+curveHeight), `z"/>`, "\n")
}
