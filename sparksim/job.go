package sparksim

import (
	"container/heap"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"trailblazer/internal/setting"
)

// JobSpec describes a kind of job. It is what users write and files hold.
type JobSpec struct {
	// Query names what the job computes ("9" in TPC-H), Size its input
	// ("100g"). Both are labels.
	Query string `json:"query,omitempty"`
	Size  string `json:"size,omitempty"`
	// Stages are numbered from 0.
	Stages []StageSpec `json:"stages"`
	// Edges are pairs of stages: the second can only run when the first is
	// complete.
	Edges [][2]int `json:"edges,omitempty"`
}

// StageSpec describes a stage.
type StageSpec struct {
	// Tasks is how many there are to run.
	Tasks int `json:"tasks"`
	// Levels hold measured durations by the number of executors that the job
	// had, in ascending order.
	Levels []Level `json:"levels"`
}

// Level holds task durations in milliseconds, as measured with a number of
// executors. Fresh or First must have some.
type Level struct {
	Executors int `json:"executors"`
	// Fresh are those of an executor's first task after it joined the job,
	// with its warm-up; First those of its first task in a stage; Rest those
	// of the tasks that follow in the same stage.
	Fresh []float64 `json:"fresh,omitempty"`
	First []float64 `json:"first,omitempty"`
	Rest  []float64 `json:"rest,omitempty"`
}

// The bounds of a job. They keep counters within 32 bits and episodes finite.
const (
	MaxStages     = 1 << 17
	MaxTasks      = 1 << 24 // of a stage; a float32 counts so far
	MaxDurationMs = 1e12
)

// Job is a kind of job, checked and ready to run. It is immutable.
type Job struct {
	spec   JobSpec
	stages []stage
	edges  []Edge  // by From, then by To
	first  []int32 // edges[first[s]:first[s+1]] leave stage s
	tasks  int
}

// stage is a kind of stage, as clusters read it.
type stage struct {
	tasks   int32
	parents int32
	roughMs float64
	levels  []Level
}

// Edge joins two stages of a job, or of a [View].
type Edge struct{ From, To int32 }

// NewJob checks a description. Stages that are not listed in the order of
// their dependencies are renumbered so that every edge goes from a lower to a
// higher number, in the smallest such order. The job goes on using the slices
// of durations: don't change them. Errors are *setting.Error.
func NewJob(spec JobSpec) (*Job, error) {
	if err := spec.validate(); err != nil {
		return nil, err
	}
	order, err := spec.order()
	if err != nil {
		return nil, err
	}
	j := &Job{spec: spec.renumbered(order)}
	j.compile()
	return j, nil
}

func (s *JobSpec) validate() error {
	n := len(s.Stages)
	if n == 0 || n > MaxStages {
		return setting.Refuse("stages", n, "is no number of stages", fmt.Sprintf("give 1 to %d", MaxStages))
	}
	for i := range s.Stages {
		if err := s.Stages[i].validate(fmt.Sprintf("stages[%d]", i)); err != nil {
			return err
		}
	}
	seen := make(map[[2]int]bool, len(s.Edges))
	for i, e := range s.Edges {
		field := fmt.Sprintf("edges[%d]", i)
		switch {
		case e[0] < 0 || e[0] >= n || e[1] < 0 || e[1] >= n:
			return setting.Refuse(field, e, "joins stages that the job doesn't have", fmt.Sprintf("give numbers from 0 to %d", n-1))
		case e[0] == e[1]:
			return setting.Refuse(field, e, "makes a stage wait for itself", "leave it out")
		case seen[e]:
			return setting.Refuse(field, e, "is there twice", "give every edge once")
		}
		seen[e] = true
	}
	return nil
}

func (s *StageSpec) validate(path string) error {
	if s.Tasks < 1 || s.Tasks > MaxTasks {
		return setting.Refuse(path+".tasks", s.Tasks, "is no number of tasks", fmt.Sprintf("give 1 to %d", MaxTasks))
	}
	if len(s.Levels) == 0 {
		return setting.Refuse(path+".levels", "empty,", "so no task has a duration", "give at least one level with fresh or first durations")
	}
	before := 0
	for i, l := range s.Levels {
		field := fmt.Sprintf("%s.levels[%d]", path, i)
		if l.Executors <= before || l.Executors > math.MaxInt32 {
			return setting.Refuse(field+".executors", l.Executors, "is not above the level before", "give positive numbers in ascending order")
		}
		before = l.Executors
		if len(l.Fresh) == 0 && len(l.First) == 0 {
			return setting.Refuse(field, fmt.Sprintf("%d executors", l.Executors), "has neither fresh nor first durations", "give some, or leave the level out")
		}
		for _, wave := range []struct {
			name   string
			values []float64
		}{{"fresh", l.Fresh}, {"first", l.First}, {"rest", l.Rest}} {
			for k, ms := range wave.values {
				if !(ms >= 0 && ms <= MaxDurationMs) {
					return setting.Refuse(fmt.Sprintf("%s.%s[%d]", field, wave.name, k), ms, "is no duration", fmt.Sprintf("give milliseconds from 0 to %g", float64(MaxDurationMs)))
				}
			}
		}
	}
	return nil
}

// order lists the stages so that parents come before children, always the
// smallest number that can be next. It finds cycles.
func (s *JobSpec) order() ([]int, error) {
	n := len(s.Stages)
	waiting := make([]int, n)
	children := make([][]int, n)
	sorted := true
	for _, e := range s.Edges {
		waiting[e[1]]++
		children[e[0]] = append(children[e[0]], e[1])
		sorted = sorted && e[0] < e[1]
	}
	order := make([]int, 0, n)
	if sorted {
		for i := range n {
			order = append(order, i)
		}
		return order, nil
	}
	ready := new(minHeap)
	for i := range n {
		if waiting[i] == 0 {
			ready.IntSlice = append(ready.IntSlice, i) // ascending is a heap
		}
	}
	for ready.Len() > 0 {
		at := heap.Pop(ready).(int)
		order = append(order, at)
		for _, child := range children[at] {
			if waiting[child]--; waiting[child] == 0 {
				heap.Push(ready, child)
			}
		}
	}
	if len(order) < n {
		return nil, setting.Refuse("edges", s.cycle(waiting), "is a cycle", "give a DAG: no stage may wait for itself through others")
	}
	return order, nil
}

// cycle shows a cycle among the stages that still wait for others. All that a
// cycle leads to wait as well, so it is found against the direction of edges.
func (s *JobSpec) cycle(waiting []int) string {
	parent := make([]int, len(waiting))
	at := 0
	for _, e := range s.Edges {
		if waiting[e[0]] > 0 && waiting[e[1]] > 0 {
			parent[e[1]] = e[0]
			at = e[1]
		}
	}
	path := []int{at}
	for seen := map[int]int{}; ; path = append(path, at) {
		if from, ok := seen[at]; ok {
			path = path[from:]
			break
		}
		seen[at] = len(path) - 1
		at = parent[at]
	}
	slices.Reverse(path)
	const most = 10
	end := ""
	if len(path) > most {
		path, end = path[:most], " ..."
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(path), " ", " -> "), "[]") + end
}

// renumbered returns a copy whose stage i is stage order[i].
func (s *JobSpec) renumbered(order []int) JobSpec {
	place := make([]int, len(order))
	c := JobSpec{Query: s.Query, Size: s.Size, Stages: make([]StageSpec, len(order)), Edges: make([][2]int, len(s.Edges))}
	for i, at := range order {
		place[at] = i
		c.Stages[i] = s.Stages[at]
	}
	for i, e := range s.Edges {
		c.Edges[i] = [2]int{place[e[0]], place[e[1]]}
	}
	slices.SortFunc(c.Edges, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	return c
}

func (j *Job) compile() {
	n := len(j.spec.Stages)
	j.stages = make([]stage, n)
	for i := range j.stages {
		s := &j.spec.Stages[i]
		j.stages[i] = stage{tasks: int32(s.Tasks), levels: s.Levels, roughMs: roughMs(s.Levels)}
		j.tasks += s.Tasks
	}
	j.edges = make([]Edge, len(j.spec.Edges))
	j.first = make([]int32, n+1)
	for i, e := range j.spec.Edges {
		j.edges[i] = Edge{int32(e[0]), int32(e[1])}
		j.stages[e[1]].parents++
		j.first[e[0]+1]++
	}
	for i := range n {
		j.first[i+1] += j.first[i]
	}
}

// roughMs is the mean of all durations: what the reference shows as a stage's
// duration before any of its tasks has begun.
func roughMs(levels []Level) float64 {
	sum, count := 0.0, 0
	for _, l := range levels {
		for _, wave := range [][]float64{l.Fresh, l.First, l.Rest} {
			for _, ms := range wave {
				sum += ms
			}
			count += len(wave)
		}
	}
	return sum / float64(count)
}

// Query and Size are the labels.
func (j *Job) Query() string { return j.spec.Query }

// Size is the label of the input.
func (j *Job) Size() string { return j.spec.Size }

// Stages is how many stages the job has, Tasks how many tasks they have
// together.
func (j *Job) Stages() int { return len(j.stages) }

// Tasks is how many tasks the stages have together.
func (j *Job) Tasks() int { return j.tasks }

// Edges are the dependencies, by From, then by To. Don't change the slice.
func (j *Job) Edges() []Edge { return j.edges }

// Children are the edges that leave a stage. Don't change the slice.
func (j *Job) Children(stage int) []Edge { return j.edges[j.first[stage]:j.first[stage+1]] }

// StageTasks is the number of tasks of a stage.
func (j *Job) StageTasks(stage int) int { return int(j.stages[stage].tasks) }

// RoughMs is the mean of a stage's measured durations.
func (j *Job) RoughMs(stage int) float64 { return j.stages[stage].roughMs }

// Levels are a stage's measured durations. Don't change them.
func (j *Job) Levels(stage int) []Level { return j.stages[stage].levels }

// Spec is the description, with stages in the order in which they are
// numbered. Don't change what it points to.
func (j *Job) Spec() JobSpec { return j.spec }

// minHeap is a heap of small numbers for container/heap.
type minHeap struct{ sort.IntSlice }

func (h *minHeap) Push(x any) { h.IntSlice = append(h.IntSlice, x.(int)) }

func (h *minHeap) Pop() any {
	last := len(h.IntSlice) - 1
	x := h.IntSlice[last]
	h.IntSlice = h.IntSlice[:last]
	return x
}
