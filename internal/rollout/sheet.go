package rollout

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// sheet is a CSV file with lines of many episodes. The nil sheet takes none.
type sheet struct {
	name     string
	csv      *csv.Writer
	episodes bool // with a column for the episode's number
}

// newSheet writes the header: a report's columns, the policy, and the episode
// where there may be several.
func newSheet(w io.Writer, name string, columns []string, episodes bool) (*sheet, error) {
	s := &sheet{name, csv.NewWriter(w), episodes}
	header := append(columns[:len(columns):len(columns)], "policy")
	if episodes {
		header = append(header, "episode")
	}
	return s, s.write([][]string{header})
}

// add writes an episode's lines.
func (s *sheet) add(policy string, episode int, lines [][]string) error {
	if s == nil {
		return nil
	}
	for i, line := range lines {
		line = append(line, policy)
		if s.episodes {
			line = append(line, strconv.Itoa(episode))
		}
		lines[i] = line
	}
	return s.write(lines)
}

func (s *sheet) write(lines [][]string) error {
	if err := s.csv.WriteAll(lines); err != nil { // WriteAll flushes.
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}
