package gantt

import (
	"fmt"
	"strconv"
	"strings"
)

func laneHeight(p *Panel) float64 { return min(mostLane, float64(lanesHeight)/float64(p.Executors)) }

func panelHeight(p *Panel) float64 {
	return panelHead + laneHeight(p)*float64(p.Executors) + 2*(curveGap+curveHeight) + axisHeight
}

// panel draws an episode from y down.
func (d *drawing) panel(p *Panel, y float64) {
	d.put(`<text x="`, strconv.Itoa(left), `" y="`, number(y+14), `"><tspan class="head">`, escape(p.Title), `</tspan><tspan class="muted" dx="12">`,
		escape(strings.Join(p.Notes, "  ·  ")), "</tspan></text>\n")
	y += panelHead
	lanes := y
	lane := laneHeight(p)
	bottom := lanes + lane*float64(p.Executors)
	d.put(`<rect class="lanes" x="`, strconv.Itoa(left), `" y="`, number(lanes), `" width="`, strconv.Itoa(plotWidth), `" height="`, number(bottom-lanes), `"/>`, "\n")
	d.laneLabels(p, lanes, lane)
	d.runsOf(p, lanes, lane)
	d.grid(lanes, bottom)

	y = bottom + curveGap
	mean := meanRunning(p.Runs, p.EndMs)
	d.caption(y, fmt.Sprintf("running executors: mean %.1f of %d, utilisation %.1f %%", mean, p.Executors, 100*mean/float64(p.Executors)))
	d.scale(y, strconv.Itoa(p.Executors))
	d.grid(y, y+curveHeight)
	d.busy(p, y)
	d.level("mean", p, y, mean/float64(p.Executors))

	y += curveHeight + curveGap
	curve := active(p.Jobs, p.EndMs)
	meanJobs, peak := meanAndPeak(curve, p.EndMs)
	top := ceiling(float64(d.peak), 1, 1.2, 1.5, 2, 3, 4, 5, 6, 8)
	d.caption(y, fmt.Sprintf("active jobs: mean %.1f, at most %d", meanJobs, peak))
	d.scale(y, strconv.FormatFloat(top, 'f', -1, 64))
	d.grid(y, y+curveHeight)
	d.jobs(curve, p.EndMs, y, top)
	d.level("mean", p, y, meanJobs/top)

	y += curveHeight
	for _, t := range ticks(d.endMs) {
		d.text(d.x(t.ms), y+16, "muted mid", t.label)
	}
	end := d.x(p.EndMs)
	d.put("<g><title>the episode ends at ", duration(p.EndMs), "</title>")
	d.line("stop", end, lanes, end, y)
	d.put("</g>\n")
}

// grid draws the lines of the time axis.
func (d *drawing) grid(top, bottom float64) {
	d.put(`<path class="grid" d="`)
	for _, t := range ticks(d.endMs) {
		d.put("M", number(d.x(t.ms)), " ", number(top), "V", number(bottom))
	}
	d.put(`"/>`, "\n")
}

// laneLabels numbers every so many executors.
func (d *drawing) laneLabels(p *Panel, top, lane float64) {
	d.put(`<text class="muted mid" transform="translate(22 `, number(top+lane*float64(p.Executors)/2), `) rotate(-90)">executor</text>`, "\n")
	step := int(ceiling(16/lane, 1, 2, 5))
	for e := 0; e < p.Executors; e += step {
		d.text(left-8, top+lane*(float64(e)+0.5)+4, "muted end", strconv.Itoa(e))
	}
}

// runsOf draws the runs, job by job.
func (d *drawing) runsOf(p *Panel, top, lane float64) {
	list := blocks(p.Runs, d.pxMs(shortPx), d.pxMs(gapPx))
	d.joined += len(p.Runs) - len(list)
	height := lane
	if lane > 3 {
		height-- // The lanes' gap.
	}
	for i := range list {
		b := &list[i]
		if i == 0 || list[i-1].job != b.job {
			if i > 0 {
				d.put("</g>\n")
			}
			d.put(`<g class="job" fill="`, colour(int(b.job)), `">`, "\n")
		}
		x := d.x(b.startMs)
		w := d.x(b.endMs) - x
		if w > shortPx && i+1 < len(list) && list[i+1].executor == b.executor && list[i+1].job == b.job && d.x(list[i+1].startMs)-x-w < gapPx {
			w -= gapPx // Tells it from the next.
		}
		d.put(`<path d="M`, number(x), " ", number(top+lane*float64(b.executor)), "h", number(w), "v", number(height), "h-", number(w), `z"><title>`, escape(p.describe(b)), "</title></path>\n")
	}
	if len(list) > 0 {
		d.put("</g>\n")
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

// caption writes above a curve what it shows.
func (d *drawing) caption(y float64, text string) { d.text(left, y-7, "muted", text) }

// scale labels a curve's axis and draws its base.
func (d *drawing) scale(y float64, top string) {
	d.text(left-8, y+9, "muted end", top)
	d.text(left-8, y+curveHeight, "muted end", "0")
	d.line("axis", left, y+curveHeight, left+plotWidth, y+curveHeight)
}

// level draws a share of a curve's height across an episode.
func (d *drawing) level(class string, p *Panel, y, share float64) {
	at := y + curveHeight*(1-share)
	d.line(class, left, at, d.x(p.EndMs), at)
}

// busy draws the mean number of running executors in each pixel.
func (d *drawing) busy(p *Panel, y float64) {
	end := d.x(p.EndMs)
	n := max(1, int(end-left))
	d.put(`<path class="busy" d="M`, strconv.Itoa(left), " ", number(y+curveHeight))
	for i, mean := range running(p.Runs, p.EndMs, n) {
		x := left + (end-left)*(float64(i)+0.5)/float64(n)
		d.put("L", number(x), " ", number(y+curveHeight*(1-mean/float64(p.Executors))))
	}
	d.put("L", number(end), " ", number(y+curveHeight), `z"/>`, "\n")
}

// jobs draws the number of active jobs.
func (d *drawing) jobs(curve []point, endMs, y, top float64) {
	d.put(`<path class="jobs" d="M`, strconv.Itoa(left), " ", number(y+curveHeight))
	for _, p := range curve {
		d.put("H", number(d.x(p.ms)), "V", number(y+curveHeight*(1-float64(p.value)/top)))
	}
	d.put("H", number(d.x(endMs)), "V", number(y+curveHeight), `z"/>`, "\n")
}
