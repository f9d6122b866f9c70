package model

import (
	"fmt"
	"math"
)

// Task is one environment's part of the model.
//
// Each step of an episode becomes some tokens, in this order: the action
// before (where ActionTokens), the condition (where there is one), then what is
// observed. A vector gives one token, or one for each of its parts. A graph
// gives one of its summary (where Encoder.Graph.Summary), one for each stage
// that may be chosen, and another of the chosen one, at which the number of
// executors is read; those of stages are forgotten after the step unless
// Encoder.Graph.Kept. Other heads are read at the last token of a step; where
// they are, a graph gives its summary alone.
type Task struct {
	// Name is the task's, such as "abr"; it begins the names of its params.
	Name string `json:"name"`
	// Environment is the id of the environments it plays: "trailblazer/ABR-v0".
	Environment string `json:"environment"`
	// Weight multiplies the task's loss.
	Weight float64 `json:"weight"`
	// Context is how many steps a token sees, its own included; 0 stands for
	// all since the episode began. Training sequences may be longer: each
	// step then learns with the context it will be played with.
	Context int `json:"context"`
	// Windowed computes each decision from the last Context steps alone, as if
	// the episode had begun with them: what a model has learned that was
	// trained on windows of Context steps, as the papers' were. Otherwise the
	// keys and values of past steps are kept, which knew of steps before them.
	Windowed bool `json:"windowed"`
	// Condition is "none", "return" (what the rest of the episode is to bring)
	// or "value" (an estimate of what it can bring), on the scale that Features
	// measure. ConditionLast puts its token behind what is observed.
	Condition     string `json:"condition"`
	ConditionLast bool   `json:"condition_last"`
	// Timesteps is how many rows the table of learned times within an episode
	// has, which are added to all tokens; later steps take the last row. 0
	// stands for no table.
	Timesteps int `json:"timesteps"`
	// ActionTokens shows past actions.
	ActionTokens bool `json:"action_tokens"`
	// TokenNorm normalises the tokens before the backbone.
	TokenNorm bool      `json:"token_norm"`
	Encoder   Encoder   `json:"encoder"`
	Head      Head      `json:"head"`
	Objective Objective `json:"objective"`
}

// The values of Task.Condition.
const (
	ConditionNone   = "none"
	ConditionReturn = "return"
	ConditionValue  = "value"
)

// Head says what is decided.
type Head struct {
	// Kind is "choice" (of a few), "pointer" (to a stage of the graph, and a
	// number of executors) or "value" (one number).
	Kind string `json:"kind"`
	// Choices is how many a choice is of.
	Choices int `json:"choices"`
	// Executors is the largest number that a pointer gives.
	Executors int `json:"executors"`
	// Std is how far values that are tried out spread at first: the standard
	// deviation, in the model's scale, of the normal distribution around the
	// value that is decided. It is learned, as the param log_std; 0 stands for
	// none.
	Std float64 `json:"std"`
}

// The values of Head.Kind.
const (
	HeadChoice  = "choice"
	HeadPointer = "pointer"
	HeadValue   = "value"
)

// Objective says what is learned of a step.
type Objective struct {
	// Kind is
	//   - "action": what was done, and "expert": what an expert would have
	//     done. Both learn Targets.Actions: choices by cross-entropy, values by
	//     squared error.
	//   - "advantage": each choice's loss against the best, A ≤ 0, as
	//     (logits-mean(logits))/Scale by squared error: the best choice is the
	//     one with the highest logit.
	//   - "soft": softmax(A/Temperature) by cross-entropy.
	Kind string `json:"kind"`
	// Floor cuts advantages from below, so that hopeless choices don't
	// outweigh the others.
	Floor float64 `json:"floor"`
	// Scale is that of "advantage": logits are so many times an advantage.
	Scale float64 `json:"scale"`
	// Temperature is that of "soft".
	Temperature float64 `json:"temperature"`
	// Huber is how far an error of a value counts by its square, beyond it
	// linearly; 0 stands for the square everywhere.
	Huber float64 `json:"huber"`
}

// The values of Objective.Kind.
const (
	ObjectiveAction    = "action"
	ObjectiveExpert    = "expert"
	ObjectiveAdvantage = "advantage"
	ObjectiveSoft      = "soft"
)

func (t *Task) validate(path string) error {
	if err := refuse(path,
		check{validName(t.Name), "name", t.Name, "give small letters, digits, dashes and underscores"},
		check{t.Weight > 0 && !math.IsInf(t.Weight, 1), "weight", t.Weight, "give a positive number"},
		sizeFrom(0, "context", t.Context),
		check{t.Context > 0 || !t.Windowed, "context", t.Context, "give the number of steps in a window"},
		sizeFrom(0, "timesteps", t.Timesteps),
		check{t.Condition == ConditionNone || t.Condition == ConditionReturn || t.Condition == ConditionValue, "condition", t.Condition, `give "none", "return" or "value"`},
	); err != nil {
		return err
	}
	if err := t.Encoder.validate(path + ".encoder"); err != nil {
		return err
	}
	if err := t.Head.validate(path + ".head"); err != nil {
		return err
	}
	return t.validateTogether(path)
}

// validateTogether checks what fields demand of each other.
func (t *Task) validateTogether(path string) error {
	graph, pointer := t.Encoder.Kind == EncoderGraph, t.Head.Kind == HeadPointer
	if err := refuse(path,
		check{t.Head.Kind == HeadValue || graph == (t.Head.Kind == HeadPointer), "head.kind", t.Head.Kind, `give "pointer" or "value" for graphs, and "choice" or "value" for vectors`},
		check{!graph || t.Encoder.Graph.Summary || pointer && t.Condition != ConditionNone, "encoder.graph.summary", false, "set it, or a condition for a pointer: a step without stages needs a token"},
		check{!graph || !t.Encoder.Graph.Kept || pointer, "encoder.graph.kept", true, "leave it out: there are tokens of stages for pointers only"},
		check{!graph || !t.Encoder.Graph.Kept || t.Objective.Kind == ObjectiveAction, "objective.kind", t.Objective.Kind, `give "action", or leave encoder.graph.kept out: later steps would see what the expert would have chosen`},
	); err != nil {
		return err
	}
	return t.Objective.validate(path+".objective", t.Head.Kind)
}

func (h *Head) validate(path string) error {
	if err := refuse(path,
		check{h.Std >= 0 && !math.IsInf(h.Std, 1), "std", h.Std, "give a positive number, or 0 for none"},
		check{h.Std == 0 || h.Kind == HeadValue, "std", h.Std, `give 0: only a "value" has one`},
	); err != nil {
		return err
	}
	switch h.Kind {
	case HeadChoice:
		return refuse(path, sizeFrom(2, "choices", h.Choices))
	case HeadPointer:
		return refuse(path, sizeFrom(1, "executors", h.Executors))
	case HeadValue:
		return nil
	}
	return refuse(path, check{false, "kind", h.Kind, `give "choice", "pointer" or "value"`})
}

func (o *Objective) validate(path, head string) error {
	choice := check{head == HeadChoice, "kind", o.Kind, fmt.Sprintf("give %q or %q: the head is no choice", ObjectiveAction, ObjectiveExpert)}
	floor := check{o.Floor < 0 && !math.IsInf(o.Floor, -1), "floor", o.Floor, "give a negative number"}
	switch o.Kind {
	case ObjectiveAction, ObjectiveExpert:
		return refuse(path, check{o.Huber >= 0 && !math.IsInf(o.Huber, 1), "huber", o.Huber, "give a positive number, or 0 for squared errors"})
	case ObjectiveAdvantage:
		return refuse(path, choice, floor, check{o.Scale > 0 && !math.IsInf(o.Scale, 1), "scale", o.Scale, "give a positive number"})
	case ObjectiveSoft:
		return refuse(path, choice, floor, check{o.Temperature > 0 && !math.IsInf(o.Temperature, 1), "temperature", o.Temperature, "give a positive number"})
	}
	return refuse(path, check{false, "kind", o.Kind, `give "action", "expert", "advantage" or "soft"`})
}

// validName reports whether a name can begin the names of params.
func validName(s string) bool {
	for _, c := range s {
		if c != '-' && c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// slots is how many positions the tokens of a step take. All of its stages
// share one, as they have no order.
func (t *Task) slots() int {
	n := 0
	if t.ActionTokens {
		n++
	}
	if t.Condition != ConditionNone {
		n++
	}
	if t.Encoder.Kind == EncoderVector {
		return n + t.Encoder.tokens()
	}
	if t.Encoder.Graph.Summary {
		n++
	}
	if t.Head.Kind == HeadPointer {
		n += 2 // stages, and the chosen one
	}
	return n
}
