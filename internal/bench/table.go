package bench

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table is one table of a report, for whatever it is printed as.
type Table struct {
	Title   string
	Columns []string
	Rows    [][]Cell
	// Notes stand below.
	Notes []string
	// Words says that cells hold sentences: columns are read from the left.
	Words bool
	// Detail tables are left out on a terminal.
	Detail bool
}

// Cell is one entry.
type Cell struct {
	Text string
	// Strong marks the best of a column.
	Strong bool
	// Verdict of a comparison: better, worse or unsure; else none.
	Verdict verdict
}

type verdict uint8

const (
	none verdict = iota
	better
	worse
	unsure
)

// Class is that of the cell in HTML.
func (c Cell) Class() string {
	if c.Strong {
		return "best"
	}
	return [...]string{none: "", better: "up", worse: "down", unsure: "unsure"}[c.Verdict]
}

func plain(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i].Text = text
	}
	return cells
}

// strengthen marks the best of some cells of a column, by their values; those
// that say the same are as good.
func strengthen(rows [][]Cell, column int, values []float64, lower bool) {
	best := -1
	for i, v := range values {
		if v != v {
			continue
		}
		if best < 0 || (v < values[best]) == lower && v != values[best] {
			best = i
		}
	}
	for i := range rows {
		if best >= 0 && values[i] == values[i] && rows[i][column].Text == rows[best][column].Text {
			rows[i][column].Strong = true
		}
	}
}

// writeText writes a table for a terminal: * marks the best.
func (t *Table) writeText(w io.Writer) error {
	fmt.Fprintf(w, "%s\n\n", t.Title)
	if t.Words {
		return t.writeWords(w)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, strings.Join(t.Columns, "\t")+"\t")
	for _, row := range t.Rows {
		for _, cell := range row {
			mark := ""
			if cell.Strong {
				mark = "*"
			}
			fmt.Fprint(table, mark+cell.Text, "\t")
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, note := range t.Notes {
		fmt.Fprintln(w, note)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// writeWords writes the rows of a table of sentences below one another.
func (t *Table) writeWords(w io.Writer) error {
	for _, row := range t.Rows {
		for i, cell := range row {
			if cell.Text != "" {
				fmt.Fprintf(w, "  %s: %s\n", t.Columns[i], cell.Text)
			}
		}
		fmt.Fprintln(w)
	}
	for _, note := range t.Notes {
		fmt.Fprintln(w, note)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// writeMarkdown writes a table as GitHub reads it.
func (t *Table) writeMarkdown(w io.Writer) error {
	fmt.Fprintf(w, "### %s\n\n|", t.Title)
	for _, c := range t.Columns {
		fmt.Fprintf(w, " %s |", markdown(c))
	}
	fmt.Fprint(w, "\n|")
	for i := range t.Columns {
		if i == 0 || t.Words {
			fmt.Fprint(w, "---|")
		} else {
			fmt.Fprint(w, "---:|")
		}
	}
	fmt.Fprintln(w)
	for _, row := range t.Rows {
		fmt.Fprint(w, "|")
		for _, cell := range row {
			text := markdown(cell.Text)
			if cell.Strong {
				text = "**" + text + "**"
			}
			fmt.Fprintf(w, " %s |", text)
		}
		fmt.Fprintln(w)
	}
	for _, note := range t.Notes {
		fmt.Fprintf(w, "\n%s\n", markdown(note))
	}
	_, err := fmt.Fprintln(w)
	return err
}

// markdown keeps text from being read as marks.
func markdown(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;", "\n", " ").Replace(text)
}
