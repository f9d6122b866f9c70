package model

import (
	"strings"
)

// Shape is what a task's environment shows and takes, in the model's terms.
type Shape struct {
	// Features names the numbers of a vector; those that differ only in an
	// index ("throughput[-2]") belong together. Nil for graphs.
	Features []string
	// Nodes, Jobs and Globals are how many features the stages of a graph,
	// its jobs and a step have.
	Nodes, Jobs, Globals int
	// Choices is how many a choice is of, Executors the largest number of
	// executors for a pointer to stages; both are 0 where a value is decided.
	Choices, Executors int
}

// NewTask makes a task as a preset has it. Errors are *env.FieldError.
func NewTask(presetName, name, environment string, s Shape) (Task, error) {
	p, err := findPreset(presetName)
	if err != nil {
		return Task{}, err
	}
	head := Head{Kind: HeadValue}
	switch {
	case s.Choices > 0:
		head = Head{Kind: HeadChoice, Choices: s.Choices}
	case s.Executors > 0:
		head = Head{Kind: HeadPointer, Executors: s.Executors}
	}
	f := p.form(head.Kind)
	t := f.task
	t.Name, t.Environment, t.Head, t.Weight = name, environment, head, 1
	if len(s.Features) > 0 {
		t.Encoder = f.vector
		t.Encoder.Kind, t.Encoder.Features = EncoderVector, len(s.Features)
		t.Encoder.Parts = f.parts(s.Features)
	} else {
		t.Encoder = f.graph
		t.Encoder.Kind = EncoderGraph
		t.Encoder.Graph.Nodes, t.Encoder.Graph.Jobs, t.Encoder.Graph.Globals = s.Nodes, s.Jobs, s.Globals
	}
	return t, t.validate(t.path())
}

// form is what tasks of a preset are like.
type form struct {
	task          Task
	vector, graph Encoder
	parts         func(features []string) []Part
}

// plainForm shows what is observed as one token a step.
func plainForm(head string) form {
	f := form{
		task:   Task{Context: 10, Condition: ConditionNone, Objective: Objective{Kind: ObjectiveExpert}},
		vector: Encoder{Activation: "gelu", Tokens: TokensJoined},
		graph:  Encoder{Activation: "leaky-relu:0.2", Graph: Graphs{Width: 32, Hidden: 64, Mean: true, Summary: true}},
		parts:  wholeVector,
	}
	switch head {
	case HeadChoice:
		// What regressing advantages was best with in the prototypes of ABR.
		f.task.Objective = Objective{Kind: ObjectiveAdvantage, Floor: -6, Scale: 4}
	case HeadPointer:
		// A cluster shows all that its past has led to: schedulers are imitated
		// better without it.
		f.task.Context = 1
	case HeadValue:
		// Bandwidths are judged by MAPE, which counts large errors once, not
		// twice over.
		f.task.Objective.Huber = 0.3
	}
	return f
}

// stepForm is plainForm of the step alone. What layers of a backbone would make
// of a stage and the cluster together, the encoder does: without, imitations of a
// scheduler choose another stage in 13 % of the states rather than in 5 %.
func stepForm(head string) form {
	f := plainForm(head)
	f.task.Context = 1
	f.graph.Graph.Pointed = []int{64, 64}
	return f
}

// returnForm is that of the papers' decision transformers: tokens for each part
// of the observation, conditioned on the return to come; values are imitated
// in their context without one, by squared error. Of a graph only the summary and what was chosen
// stay in the context: with Encoder.Graph.Kept it is the papers' in full, and a
// step of training takes ten times as long.
func returnForm(head string) form {
	f := form{
		task: Task{
			Context: 20, Windowed: true, Condition: ConditionReturn, Timesteps: 1024,
			ActionTokens: true, TokenNorm: true, Objective: Objective{Kind: ObjectiveAction},
		},
		vector: Encoder{Activation: "leaky-relu:0.01", Tokens: TokensSeparate},
		graph:  Encoder{Activation: "leaky-relu:0.2", Graph: Graphs{Width: 128, Hidden: 128, Summary: true}},
		parts:  groupedVector,
	}
	switch head {
	case HeadChoice:
		f.task.Context, f.task.Timesteps = 10, 64
	case HeadValue:
		f.task.Condition = ConditionNone
		f.task.Objective.Kind = ObjectiveExpert
	}
	return f
}

// karmaForm conditions the observation, one token, on an estimate of the value
// to come, over four steps.
func karmaForm(head string) form {
	f := returnForm(head)
	f.task.Context = 4
	f.task.Condition, f.task.ConditionLast = ConditionValue, true
	f.task.Objective.Kind = ObjectiveExpert
	f.vector.Tokens = TokensJoined
	return f
}

// wholeVector is one network over all features.
func wholeVector(features []string) []Part {
	return []Part{{Name: "all", To: len(features), Widths: []int{128, 128}}}
}

// partWidth is that of the papers' parts at the presets' size.
const partWidth = 64

// groupedVector encodes features of one name apart: a 1-D convolution over
// histories and levels, one map for the last number of what hardly needs its
// history. Features that are alone form sequences with their neighbours, as
// the metrics of congestion control do.
func groupedVector(features []string) []Part {
	var parts []Part
	for from := 0; from < len(features); {
		name := base(features[from])
		to := from + 1
		for to < len(features) && base(features[to]) == name {
			to++
		}
		if to == from+1 {
			name = "metrics"
			for to < len(features) && base(features[to]) != base(features[to-1]) && (to+1 == len(features) || base(features[to]) != base(features[to+1])) {
				to++
			}
		}
		parts = append(parts, newGroup(unused(parts, partName(name)), from, to))
		from = to
	}
	return parts
}

func newGroup(name string, from, to int) Part {
	p := Part{Name: name, From: from, To: to, Widths: []int{partWidth}}
	switch {
	case name == "bitrate" || name == "buffer" || name == "chunks_remaining":
		p.From = to - 1
	case name == "next_size":
		p.Kernel = to - from
	case to-from >= 4:
		p.Kernel = 4
	}
	return p
}

// base is a feature's name without its index.
func base(feature string) string {
	name, _, _ := strings.Cut(feature, "[")
	return name
}

// partName is a name with only what the names of parts may have.
func partName(name string) string {
	name = strings.Map(func(c rune) rune {
		if validName(string(c)) {
			return c
		}
		return '_'
	}, strings.ToLower(name))
	if name == "" {
		return "part"
	}
	return name
}

// unused is a name that no part has, lengthened where one does.
func unused(parts []Part, name string) string {
	for _, p := range parts {
		if p.Name == name {
			return unused(parts, name+"_")
		}
	}
	return name
}
