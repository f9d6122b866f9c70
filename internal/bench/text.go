package bench

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteText prints a report for a terminal: what most want to know. The other
// forms have more.
func WriteText(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	r.writeHead(b)
	for _, t := range r.tables() {
		if t.Detail {
			continue
		}
		if err := t.writeText(b); err != nil {
			return err
		}
	}
	for _, line := range r.method() {
		fmt.Fprintln(b, line)
	}
	return b.Flush()
}

func (r *Report) writeHead(w io.Writer) {
	if r.Incomplete {
		fmt.Fprint(w, incomplete, "\n\n")
	}
	for _, note := range r.Notes {
		fmt.Fprintln(w, note)
	}
	if len(r.Notes) > 0 {
		fmt.Fprintln(w)
	}
}

// incomplete says that a bench was stopped.
const incomplete = "INCOMPLETE: the bench was stopped before its end; tables have what was finished."

// WriteMarkdown prints all tables of a report as Markdown.
func WriteMarkdown(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# Bench: %s\n\n", r.Title)
	if r.Incomplete {
		fmt.Fprintf(b, "**%s**\n\n", incomplete)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(b, "- %s\n", markdown(note))
	}
	if len(r.Notes) > 0 {
		fmt.Fprintln(b)
	}
	section := ""
	for _, t := range r.tables() {
		if name, _, ok := strings.Cut(t.Title, ": "); ok && name != section && r.scenario(name) != nil {
			section = name
			fmt.Fprintf(b, "## %s\n\n", name)
		} else if section != "" && (!ok || r.scenario(name) == nil) {
			section = ""
			fmt.Fprint(b, "## Papers\n\n")
		}
		if err := t.writeMarkdown(b); err != nil {
			return err
		}
	}
	fmt.Fprint(b, "## How it was measured\n\n")
	for _, line := range r.method() {
		fmt.Fprintf(b, "- %s\n", markdown(line))
	}
	fmt.Fprint(b, "\n## To get the same\n\n```sh\n", r.Command, "\n```\n\n")
	for _, line := range r.provenance() {
		fmt.Fprintf(b, "- %s\n", markdown(line))
	}
	return b.Flush()
}

// method says what the numbers mean.
func (r *Report) method() []string {
	h := r.Headlines[0]
	lines := []string{
		"* or bold marks the best, of those that know no more than they are shown and have all episodes.",
		"Policies meet the same episodes. Intervals are 95 % percentile bootstrap intervals over episodes; those of differences draw pairs of the same episode.",
		fmt.Sprintf("vs %s: difference of %s in percent of %s's. It is the mean of the episodes' own differences, each weighed by how much was measured of both (steps, jobs, playback time); interval and p are of the same. An episode that was played with several seeds counts as the mean of its plays. p: two-sided paired sign-flip test of the weighed differences, with Holm's correction over the policies of the table. better/worse: in how many episodes, each by its own value.", r.Baseline, h.Name, r.Baseline),
		"Episodes in which a metric was not measured of both (of all three, for scores) are left out of differences, intervals, p-values, counts and scores alike. Quantiles are not compared.",
		fmt.Sprintf("score: 0 is %s (%s), 100 is %s (%s).", r.Floor.Policy, r.Floor.Why, r.Ceiling.Policy, r.Ceiling.Why),
	}
	if slices.ContainsFunc(r.Policies, func(p Policy) bool { return p.Recorded != "" }) {
		lines = append(lines, "Recorded episodes were played again, and those that differ left out. Policies marked"+asStated+" have some that can't be played again: nobody knows whether their numbers are true.")
	}
	for _, m := range r.Metrics {
		lines = append(lines, fmt.Sprintf("%s [%s]: %s", m.Name, m.Unit, m.Description))
	}
	return lines
}

// provenance says what it takes to get the same.
func (r *Report) provenance() []string {
	lines := []string{"version: " + r.Version, "seeds: " + strings.Trim(fmt.Sprint(r.Seeds), "[]")}
	for _, s := range r.Scenarios {
		lines = append(lines, fmt.Sprintf("%s: content hash %s (%s data)", s.Name, s.ContentHash, s.DataSource))
	}
	return lines
}
