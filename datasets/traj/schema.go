package traj

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trailblazer/api/env"
)

// SchemaVersion is that of the files which this package writes. It reads all
// versions from 1 on.
const SchemaVersion = 1

// Names of the fields that every data set has.
const (
	// FieldEpisode is the episode's number in the data set, int64.
	FieldEpisode = "episode"
	// FieldStep counts an episode's steps from 0, int32.
	FieldStep = "step"
	// FieldPolicy is who chose the action: int32 in memory, an index into
	// Episode.Policies; the name in the file.
	FieldPolicy = "policy"
	// FieldExplored says that exploration replaced the policy's choice, bool.
	FieldExplored = "explored"
	// FieldReward is the step's reward, float64.
	FieldReward = "reward"
	// FieldTerminated and FieldTruncated say that the step ended the episode.
	FieldTerminated = "terminated"
	FieldTruncated  = "truncated"
	// FieldReturnToGo is the sum of the rewards from this step to the episode's
	// end, float64.
	FieldReturnToGo = "return_to_go"
	// FieldExpertValue is the most that the rest of the episode can bring from
	// the observation on, as far as the expert knows, float64; NaN where it
	// does not. It is Karma's QoE-to-go.
	FieldExpertValue = "expert.value"
	// FieldExpertAdvantage is, for each choice of a single discrete action, the
	// value of choosing it and going on with the best, minus the expert value:
	// float64, at most 0; NaN where the expert does not know.
	FieldExpertAdvantage = "expert.advantage"
)

// Labels says which expert fields a data set has.
type Labels struct {
	// Expert names who labelled; empty for no expert fields at all.
	Expert string `json:"expert,omitempty"`
	// Value and Advantage ask for these fields beside the expert's action.
	// Advantage needs an action space that is one Discrete.
	Value     bool `json:"value,omitempty"`
	Advantage bool `json:"advantage,omitempty"`
}

// Schema is the fields of a step, in the order of their columns.
type Schema struct {
	Fields []Field
	Labels Labels

	byName map[string]int
	// steps, initial and final are the places of the fields of an episode's
	// frames: all, info, observation with masks.
	steps, initial, final []int
}

// NewSchema derives the fields of a spec: its observation, masks, action, our
// own, its info and the expert's. Info of differing length is left out, but for
// masks: it is what controllers read, as large as it is redundant.
func NewSchema(spec *env.Spec, labels Labels) (*Schema, error) {
	one := func(name string, role Role, dtype env.DType, low, high float64, description string) Field {
		return Field{Name: name, Role: role, Description: description,
			Leaf: env.Leaf{DType: dtype, Low: []float64{low}, High: []float64{high}}}
	}
	var f []Field
	add := func(fields ...Field) { f = append(f, fields...) }
	from := func(prefix string, role Role, leaves []env.Leaf, keep func(*env.Leaf) bool) {
		for i := range leaves {
			if keep == nil || keep(&leaves[i]) {
				add(Field{Name: join(prefix, leaves[i].Path), Role: role, Leaf: leaves[i]})
			}
		}
	}
	action := env.Leaves(spec.Action)
	info := env.Leaves(spec.Info)
	inf := math.Inf(1)

	add(one(FieldEpisode, RoleIdentity, env.Int64, 0, math.MaxInt64, "number of the episode in the data set"),
		one(FieldStep, RoleIdentity, env.Int32, 0, math.MaxInt32, "number of the step in its episode"),
		one(FieldPolicy, RoleIdentity, env.Int32, 0, math.MaxInt32, "who chose the action"),
		one(FieldExplored, RoleIdentity, env.Bool, 0, 1, "whether exploration replaced the policy's choice"))
	from("observation", RoleObservation, env.Leaves(spec.Observation), nil)
	from("mask", RoleMask, info, isMask)
	from("action", RoleAction, action, nil)
	add(one(FieldReward, RoleOutcome, env.Float64, spec.RewardLow, spec.RewardHigh, "reward of the step"),
		one(FieldTerminated, RoleOutcome, env.Bool, 0, 1, "whether the step ended the episode by its own rules"),
		one(FieldTruncated, RoleOutcome, env.Bool, 0, 1, "whether the step ended the episode for reasons outside it"),
		one(FieldReturnToGo, RoleOutcome, env.Float64, -inf, inf, "sum of the rewards from this step on"))
	from("info", RoleInfo, info, func(l *env.Leaf) bool { return !l.Ragged && !isMask(l) })
	if labels.Expert != "" {
		from("expert.action", RoleExpert, action, nil)
		if labels.Value {
			add(one(FieldExpertValue, RoleExpert, env.Float64, -inf, inf, "the most that the rest of the episode can bring, as far as the expert knows"))
		}
		if labels.Advantage {
			discrete, ok := spec.Action.(*env.Discrete)
			if !ok {
				return nil, fmt.Errorf("advantages of every action need one discrete action: %s has another action space", spec.ID)
			}
			f = append(f, Field{Name: FieldExpertAdvantage, Role: RoleExpert,
				Leaf:        env.Leaf{DType: env.Float64, Shape: []int{int(discrete.N)}, Low: []float64{-inf}, High: []float64{0}},
				Description: "value of each action over the best one's, as far as the expert knows"})
		}
	}
	return newSchema(f, labels)
}

func newSchema(fields []Field, labels Labels) (*Schema, error) {
	s := &Schema{Fields: fields, Labels: labels, byName: make(map[string]int, len(fields))}
	for i := range fields {
		if _, twice := s.byName[fields[i].Name]; twice {
			return nil, fmt.Errorf("two fields are called %q", fields[i].Name)
		}
		s.byName[fields[i].Name] = i
		s.steps = append(s.steps, i)
	}
	s.initial = s.Role(RoleInfo)
	s.final = append(s.Role(RoleObservation), s.Role(RoleMask)...)
	seen := map[string]bool{}
	for _, c := range s.Columns() {
		if seen[c.Name] {
			return nil, fmt.Errorf("two columns are called %q", c.Name)
		}
		seen[c.Name] = true
	}
	return s, nil
}

// isMask tells the info that says which actions are legal next.
func isMask(l *env.Leaf) bool {
	return l.DType == env.Int8 && (l.Path == "action_mask" || strings.HasSuffix(l.Path, "_mask"))
}

func join(prefix, path string) string {
	if path == "" {
		return prefix
	}
	return prefix + "." + path
}

// Field returns the place of a field by its name, or -1.
func (s *Schema) Field(name string) int {
	if i, ok := s.byName[name]; ok {
		return i
	}
	return -1
}

// Role lists the places of the fields with a role. It is never nil, so that
// NewFrame tells none from all.
func (s *Schema) Role(role Role) []int {
	places := []int{}
	for i := range s.Fields {
		if s.Fields[i].Role == role {
			places = append(places, i)
		}
	}
	return places
}

// Columns lists the columns of the step table, but for those that are the same
// for a whole episode (scenario, scenario_hash, seed).
func (s *Schema) Columns() []Column {
	var columns []Column
	for i := range s.Fields {
		columns = append(columns, s.Fields[i].Columns()...)
	}
	return columns
}

// Equal reports whether two schemas have the same columns of the same types.
func (s *Schema) Equal(other *Schema) bool {
	return slices.EqualFunc(s.Fields, other.Fields, func(a, b Field) bool { return a.same(&b) })
}
