package export

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"strings"

	"trailblazer/datasets/traj"
)

// CSV writes a table with a row for every step, and the columns of the Parquet
// files. Numbers read back as the same; flags are 0 and 1; a list's numbers are
// parted by spaces.
func CSV(ctx context.Context, w io.Writer, set *traj.Set, o Options) (Result, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	columns := set.Schema().Columns()
	var line []byte
	for i := range columns {
		line = appendQuoted(append(line, ','), columns[i].Name)
		if columns[i].Name == traj.FieldPolicy {
			line = append(line, ",scenario,scenario_hash,seed"...)
		}
	}
	if _, err := out.Write(append(line[1:], '\n')); err != nil {
		return Result{}, err
	}
	result, err := o.each(ctx, set, func(e *traj.Episode) error {
		values := make([]*traj.Values, len(columns))
		for i := range columns {
			values[i] = e.Steps.Find(columns[i].Field.Name)
		}
		for row := range e.Steps.Rows {
			line = line[:0]
			for i := range columns {
				line = append(line, ',')
				if c := &columns[i]; c.Name == traj.FieldPolicy {
					line = appendWho(line, e, traj.Of[int32](values[i])[row])
				} else {
					line = appendCell(line, c, values[i], row)
				}
			}
			if _, err := out.Write(append(line[1:], '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return result, err
	}
	return result, out.Flush()
}

// appendWho writes who acted, and what was played.
func appendWho(line []byte, e *traj.Episode, code int32) []byte {
	line = appendQuoted(line, policy(e, code))
	line = appendQuoted(append(line, ','), e.Scenario)
	line = appendQuoted(append(line, ','), e.ScenarioHash)
	line = append(line, ',')
	if e.Seeded {
		line = strconv.AppendUint(line, e.Seed, 10)
	}
	return line
}

func appendCell(line []byte, c *traj.Column, v *traj.Values, row int) []byte {
	leaf := &c.Field.Leaf
	low, high := row, row+1
	if leaf.Ragged {
		low, high = int(v.Offsets[row]), int(v.Offsets[row+1])
	}
	for i := low; i < high; i++ {
		if i > low {
			line = append(line, ' ')
		}
		line = appendText(line, leaf.DType, v.Data, i*leaf.Elements()+c.Element)
	}
	return line
}

// appendQuoted writes a text, in quotes where it must be.
func appendQuoted(line []byte, text string) []byte {
	if !strings.ContainsAny(text, ",\"\r\n") {
		return append(line, text...)
	}
	return append(append(append(line, '"'), strings.ReplaceAll(text, `"`, `""`)...), '"')
}
