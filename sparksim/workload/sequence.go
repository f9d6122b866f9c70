package workload

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

// sequenceColumns is the header of a job sequence.
var sequenceColumns = []string{"job", "arrival_ms", "query", "size"}

// labels are what a sequence calls a kind of job.
type labels struct{ query, size string }

// LoadSequence reads a job sequence from a file, as [ReadSequence] does.
func LoadSequence(file string, kinds []*sparksim.Job) ([]sparksim.Arrival, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadSequence(f, file, kinds)
}

// ReadSequence reads a job sequence: CSV with the columns job, counting from
// 0, arrival_ms, which never falls, and the labels query and size of a kind.
// The name stands in error messages. Errors are [*FormatError], but for what
// a failing reader brings.
func ReadSequence(r io.Reader, name string, kinds []*sparksim.Job) ([]sparksim.Arrival, error) {
	byLabels := make(map[labels]int, len(kinds))
	for i, kind := range kinds {
		key := labels{kind.Query(), kind.Size()}
		if _, ok := byLabels[key]; ok {
			return nil, refuse(name, 0, fmt.Sprintf("kinds[%d]", i), key.query+" "+key.size, "has the labels of another kind", "give each a query and a size of its own")
		}
		byLabels[key] = i
	}
	records := csv.NewReader(r)
	records.FieldsPerRecord = len(sequenceColumns)
	records.ReuseRecord = true
	header, err := records.Read()
	if err != nil {
		return nil, sequenceError(name, err)
	}
	if !slices.Equal(header, sequenceColumns) {
		return nil, refuse(name, 1, "header", strings.Join(header, ","), "has other columns", "name them "+strings.Join(sequenceColumns, ","))
	}
	var arrivals []sparksim.Arrival
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, sequenceError(name, err)
		}
		line, _ := records.FieldPos(0)
		if record[0] != strconv.Itoa(len(arrivals)) {
			return nil, refuse(name, line, "job", record[0], "is not the next number", "count the jobs from 0")
		}
		atMs, err := strconv.ParseFloat(record[1], 64)
		if err != nil {
			return nil, refuse(name, line, "arrival_ms", record[1], "is not a number", "write milliseconds")
		}
		kind, ok := byLabels[labels{record[2], record[3]}]
		if !ok {
			return nil, refuse(name, line, "query and size", record[2]+" "+record[3], "is no known kind of job", known(kinds))
		}
		arrivals = append(arrivals, sparksim.Arrival{AtMs: atMs + 0, Kind: kind}) // negative zero is zero
		err = sparksim.CheckArrivals(arrivals[max(0, len(arrivals)-2):], kinds)
		if wrong, ok := errors.AsType[*setting.Error](err); ok {
			wrong.Field = "arrival_ms"
			return nil, &FormatError{File: name, Line: line, Err: wrong}
		}
	}
	if wrong, ok := errors.AsType[*setting.Error](sparksim.CheckArrivals(arrivals, kinds)); ok {
		return nil, &FormatError{File: name, Err: wrong}
	}
	return arrivals, nil
}

func sequenceError(name string, err error) error {
	if errors.Is(err, io.EOF) {
		return refuse(name, 0, "header", "", "is missing: the file is empty", "begin with "+strings.Join(sequenceColumns, ","))
	}
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return refuse(name, parse.Line, "row", "", "is malformed: "+parse.Err.Error(), "give 4 comma-separated fields per line")
	}
	return err
}

// known says which labels there are, shortened where they are many.
func known(kinds []*sparksim.Job) string {
	var queries, sizes []string
	for _, kind := range kinds {
		if !slices.Contains(queries, kind.Query()) {
			queries = append(queries, kind.Query())
		}
		if !slices.Contains(sizes, kind.Size()) {
			sizes = append(sizes, kind.Size())
		}
		if len(queries) > 100 || len(sizes) > 100 {
			break
		}
	}
	return "known are the queries " + list(queries) + " and the sizes " + list(sizes)
}

// list shows texts as a list, cut after the first 30.
func list(texts []string) string {
	end := ""
	if len(texts) > 30 {
		texts, end = texts[:30], ", ..."
	}
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text)
	}
	return strings.Join(quoted, ", ") + end
}

// WriteSequence writes a job sequence; [ReadSequence] reads the same back,
// where no two kinds have the same labels.
func WriteSequence(w io.Writer, arrivals []sparksim.Arrival, kinds []*sparksim.Job) error {
	if err := sparksim.CheckArrivals(arrivals, kinds); err != nil {
		return err
	}
	records := make([][]string, 1, 1+len(arrivals))
	records[0] = sequenceColumns
	for i, a := range arrivals {
		kind := kinds[a.Kind]
		records = append(records, []string{strconv.Itoa(i), strconv.FormatFloat(a.AtMs, 'f', -1, 64), kind.Query(), kind.Size()})
	}
	return csv.NewWriter(w).WriteAll(records)
}
