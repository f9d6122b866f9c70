package rollout

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
)

// WriteTable prints a result for people: a row for each policy, the first
// metric with its interval.
func WriteTable(w io.Writer, result *Result, metrics []Metric) error {
	source := ""
	if result.DataSource != "" {
		source = ", " + result.DataSource + " data"
	}
	fmt.Fprintf(w, "%s, %s%s", result.Environment, result.Scenario, source)
	for _, name := range sortedKeys(result.Data) {
		fmt.Fprintf(w, ", %s %.8s", name, result.Data[name])
	}
	fmt.Fprint(w, "\n\n")

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	header := []string{"policy", "episodes", "steps"}
	for i, m := range metrics {
		header = append(header, m.Name)
		if i == 0 {
			header = append(header, "95 % interval")
		}
	}
	fmt.Fprintln(table, strings.Join(header, "\t")+"\t")
	for _, r := range result.Results {
		row := []string{r.Policy, fmt.Sprint(r.Episodes), fmt.Sprint(r.Steps)}
		for i, m := range metrics {
			c := r.Metrics[m.Name]
			row = append(row, fmt.Sprintf("%.4f", c.Mean))
			if i == 0 {
				row = append(row, fmt.Sprintf("[%.3f, %.3f]", c.CI95[0], c.CI95[1]))
			}
		}
		fmt.Fprintln(table, strings.Join(row, "\t")+"\t")
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, m := range metrics {
		if _, err := fmt.Fprintf(w, "%s: %s [%s]\n", m.Name, m.Description, m.Unit); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
