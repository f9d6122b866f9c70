package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

// The kinds of TPC-H: [TPCHQueries] at each of [TPCHSizes], size by size. The
// kind of query q at size i is i*TPCHQueries + q-1.
const TPCHQueries = 22

// TPCHSizes returns the sizes of the data in gigabytes, with the labels "2g"
// to "100g".
func TPCHSizes() []int { return []int{2, 5, 10, 20, 50, 80, 100} }

// sizeLabel is how jobs and files name a size.
func sizeLabel(gigabytes int) string { return strconv.Itoa(gigabytes) + "g" }

// LoadTPCH reads the published TPC-H measurements from a directory with the
// files 2g.json to 100g.json, 154 kinds in all. A file holds, by query,
//
//	{"adj": [[0,1,..],..], "stages": [{"first_wave": [[executors, [ms,..]],..],
//	 "fresh_durations": .., "rest_wave": ..},..]}
//
// where adj[i][j] is 1 if stage j waits for stage i. Errors are
// [*FormatError], or what opening a file brings.
func LoadTPCH(dir string) ([]*sparksim.Job, error) {
	kinds := make([]*sparksim.Job, 0, len(TPCHSizes())*TPCHQueries)
	for _, gigabytes := range TPCHSizes() {
		size := sizeLabel(gigabytes)
		path := filepath.Join(dir, size+".json")
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		jobs, err := readTPCH(f, path, size)
		f.Close()
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, jobs...)
	}
	return kinds, nil
}

type tpchQuery struct {
	Adjacent [][]float64 `json:"adj"`
	Stages   []tpchStage `json:"stages"`
}

type tpchStage struct {
	FirstWave wave `json:"first_wave"`
	Fresh     wave `json:"fresh_durations"`
	RestWave  wave `json:"rest_wave"`
}

// wave lists pairs [executors, [ms,..]]. Their order is that of the
// measurements and matters.
type wave [][]json.RawMessage

const tpchForm = `{"1": {"adj": [[0, 1], [0, 0]], "stages": [{"first_wave": [[executors, [ms, ..]], ..], "fresh_durations": .., "rest_wave": ..}, ..]}, .., "22": ..}`

// readTPCH reads the queries of one size.
func readTPCH(r io.Reader, name, size string) ([]*sparksim.Job, error) {
	var queries map[string]tpchQuery
	if err := readJSON(name, r, &queries, tpchForm); err != nil {
		return nil, err
	}
	jobs := make([]*sparksim.Job, TPCHQueries)
	for i := range jobs {
		label := strconv.Itoa(i + 1)
		query, ok := queries[label]
		if !ok {
			return nil, refuse(name, 0, label, "", "is missing", fmt.Sprintf("give all queries from 1 to %d", TPCHQueries))
		}
		job, err := query.job(label, size)
		if wrong, ok := errors.AsType[*setting.Error](err); ok {
			return nil, &FormatError{File: name, Err: prefixed(label+".", wrong)}
		}
		jobs[i] = job
	}
	if len(queries) > TPCHQueries {
		return nil, refuse(name, 0, "queries", len(queries), "are more than TPC-H has", fmt.Sprintf("give those from 1 to %d", TPCHQueries))
	}
	return jobs, nil
}

// prefixed puts a path in front of the field that an error names.
func prefixed(path string, err *setting.Error) *setting.Error {
	moved := *err
	moved.Field = path + err.Field
	return &moved
}

// job prepares a query as the reference does. Errors are *setting.Error.
func (q *tpchQuery) job(label, size string) (*sparksim.Job, error) {
	spec := sparksim.JobSpec{Query: label, Size: size, Stages: make([]sparksim.StageSpec, len(q.Stages))}
	for i := range q.Stages {
		stage, err := q.Stages[i].spec(fmt.Sprintf("stages[%d]", i))
		if err != nil {
			return nil, err
		}
		spec.Stages[i] = stage
	}
	if len(q.Adjacent) != len(q.Stages) {
		return nil, setting.Refuse("adj", len(q.Adjacent), "rows are not one per stage", fmt.Sprintf("give %d", len(q.Stages)))
	}
	for from, row := range q.Adjacent {
		if len(row) != len(q.Stages) {
			return nil, setting.Refuse(fmt.Sprintf("adj[%d]", from), len(row), "columns are not one per stage", fmt.Sprintf("give %d", len(q.Stages)))
		}
		for to, joined := range row {
			if joined != 0 {
				spec.Edges = append(spec.Edges, [2]int{from, to})
			}
		}
	}
	return sparksim.NewJob(spec)
}

func (s *tpchStage) spec(path string) (sparksim.StageSpec, error) {
	first, err := s.FirstWave.durations(path + ".first_wave")
	if err != nil {
		return sparksim.StageSpec{}, err
	}
	fresh, err := s.Fresh.durations(path + ".fresh_durations")
	if err != nil {
		return sparksim.StageSpec{}, err
	}
	rest, err := s.RestWave.durations(path + ".rest_wave")
	if err != nil {
		return sparksim.StageSpec{}, err
	}
	spec := sparksim.StageSpec{Levels: make([]sparksim.Level, len(first))}
	for i, measured := range first {
		f, r := indexOf(fresh, measured.executors), indexOf(rest, measured.executors)
		if f < 0 || r < 0 || len(fresh) != len(first) || len(rest) != len(first) {
			return sparksim.StageSpec{}, setting.Refuse(path, fmt.Sprintf("first_wave's level %d", measured.executors), "is not one of all three lists", "give the same numbers of executors in each")
		}
		if i == 0 {
			// Counts differ between levels in one stage per size; the
			// reference takes the level that was measured first.
			spec.Tasks = len(measured.ms) + len(rest[r].ms)
		}
		spec.Levels[i] = sparksim.Level{Executors: measured.executors, Fresh: fresh[f].ms, First: without(measured.ms, fresh[f].ms), Rest: rest[r].ms}
	}
	slices.SortFunc(spec.Levels, func(a, b sparksim.Level) int { return a.Executors - b.Executors })
	fillFirst(spec.Levels)
	return spec, nil
}

// measured are the durations with one number of executors.
type measured struct {
	executors int
	ms        []float64
}

func (w wave) durations(path string) ([]measured, error) {
	list := make([]measured, len(w))
	for i, pair := range w {
		if len(pair) != 2 || json.Unmarshal(pair[0], &list[i].executors) != nil || json.Unmarshal(pair[1], &list[i].ms) != nil {
			return nil, setting.Refuse(fmt.Sprintf("%s[%d]", path, i), "", "is no pair of a level and durations", "give [executors, [ms, ..]]")
		}
		if indexOf(list[:i], list[i].executors) >= 0 {
			return nil, setting.Refuse(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%d executors", list[i].executors), "are there twice", "give every level once")
		}
	}
	return list, nil
}

func indexOf(list []measured, executors int) int {
	return slices.IndexFunc(list, func(m measured) bool { return m.executors == executors })
}

// without returns the values with the first occurrence of each of the others
// taken out: tasks of fresh executors are also listed in the first wave.
func without(values, others []float64) []float64 {
	left := make(map[float64]int, len(others))
	for _, x := range others {
		left[x]++
	}
	kept := make([]float64, 0, len(values))
	for _, x := range values {
		if left[x] > 0 {
			left[x]--
			continue
		}
		kept = append(kept, x)
	}
	return kept
}

// fillFirst gives every level without durations of first tasks those of the
// level below.
func fillFirst(levels []sparksim.Level) {
	for i := 1; i < len(levels); i++ {
		if len(levels[i].First) == 0 {
			levels[i].First = levels[i-1].First
		}
	}
}
