package naive_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
)

// tpchStage is a stage in a file of tpch_json: waves of [level, durations].
type tpchStage struct {
	First wave `json:"first_wave"`
	Rest  wave `json:"rest_wave"`
	Fresh wave `json:"fresh_durations"`
}

type wave []struct {
	level int
	ms    []float64
}

func (w *wave) UnmarshalJSON(text []byte) error {
	var pairs [][2]json.RawMessage
	if err := json.Unmarshal(text, &pairs); err != nil {
		return err
	}
	*w = make(wave, len(pairs))
	for i, p := range pairs {
		if err := json.Unmarshal(p[0], &(*w)[i].level); err != nil {
			return err
		}
		if err := json.Unmarshal(p[1], &(*w)[i].ms); err != nil {
			return err
		}
	}
	return nil
}

func (w wave) at(level int) []float64 {
	for _, l := range w {
		if l.level == level {
			return l.ms
		}
	}
	return nil
}

// spec prepares a stage as the reference does: its tasks are those of the
// level that is listed first, first waves lose their fresh durations, and empty
// ones repeat the level below.
func (s tpchStage) spec() sparksim.StageSpec {
	e0 := s.First[0].level
	spec := sparksim.StageSpec{Tasks: len(s.First.at(e0)) + len(s.Rest.at(e0))}
	var levels []int
	for _, l := range s.First {
		levels = append(levels, l.level)
	}
	slices.Sort(levels)
	var before []float64
	for _, level := range levels {
		fresh := s.Fresh.at(level)
		unseen := slices.Clone(fresh)
		var first []float64
		for _, ms := range s.First.at(level) {
			if k := slices.Index(unseen, ms); k >= 0 {
				unseen = slices.Delete(unseen, k, k+1)
			} else {
				first = append(first, ms)
			}
		}
		if len(first) == 0 {
			first = before
		}
		before = first
		spec.Levels = append(spec.Levels, sparksim.Level{Executors: level, Fresh: fresh, First: first, Rest: s.Rest.at(level)})
	}
	return spec
}

// loadKinds reads the TPC-H jobs of a size.
func loadKinds(t *testing.T, size string) []*sparksim.Job {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata.Dir(t), "cjs", "tpch_json", size+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var queries map[string]struct {
		Adj    [][]float64 `json:"adj"`
		Stages []tpchStage `json:"stages"`
	}
	if err := json.Unmarshal(text, &queries); err != nil {
		t.Fatal(err)
	}
	kinds := make([]*sparksim.Job, len(queries))
	for query := range kinds {
		q := queries[strconv.Itoa(query+1)]
		spec := sparksim.JobSpec{Query: strconv.Itoa(query + 1), Size: size}
		for _, s := range q.Stages {
			spec.Stages = append(spec.Stages, s.spec())
		}
		for i, row := range q.Adj {
			for k, x := range row {
				if x != 0 {
					spec.Edges = append(spec.Edges, [2]int{i, k})
				}
			}
		}
		if kinds[query], err = sparksim.NewJob(spec); err != nil {
			t.Fatalf("%s, query %d: %v", size, query+1, err)
		}
	}
	return kinds
}

// loadWorkload reads the jobs of a recorded sequence.
func loadWorkload(t *testing.T, name string) (kinds []*sparksim.Job, arrivals []sparksim.Arrival) {
	t.Helper()
	sizes := map[string]int{}
	for _, r := range testdata.ReadCSV(t, filepath.Join(testdata.Dir(t), "cjs", "jobseq", name))[1:] {
		first, ok := sizes[r[3]]
		if !ok {
			first = len(kinds)
			sizes[r[3]] = first
			kinds = append(kinds, loadKinds(t, r[3])...)
		}
		arrivals = append(arrivals, sparksim.Arrival{AtMs: number(t, r[1]), Kind: first + int(number(t, r[2])) - 1})
	}
	return kinds, arrivals
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
