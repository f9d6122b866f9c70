package model

import (
	"fmt"

	"trailblazer/trainer/kernel"
)

// Encoder makes tokens of what is observed.
type Encoder struct {
	// Kind is "vector" or "graph".
	Kind string `json:"kind"`
	// Activation follows each map of a vector's parts, and each of a graph's
	// networks.
	Activation kernel.Activation `json:"activation"`
	// Features is how many numbers a vector has.
	Features int `json:"features"`
	// Parts are pieces of the vector that are encoded apart; they may overlap.
	Parts []Part `json:"parts"`
	// Tokens is "joined" (one for all parts) or "separate" (one for each).
	Tokens string `json:"tokens"`
	Graph  Graphs `json:"graph"`
}

// The values of Encoder.Kind and Encoder.Tokens.
const (
	EncoderVector = "vector"
	EncoderGraph  = "graph"

	TokensJoined   = "joined"
	TokensSeparate = "separate"
)

// tokens is how many tokens a vector gives.
func (e *Encoder) tokens() int {
	if e.Tokens == TokensSeparate {
		return len(e.Parts)
	}
	return 1
}

// Part encodes the features From up to, not including, To.
type Part struct {
	Name string `json:"name"`
	From int    `json:"from"`
	To   int    `json:"to"`
	// Kernel is that of a 1-D convolution over the features as one sequence,
	// whose channels are the first of Widths; 0 stands for none. Its results
	// are flattened, channel by channel.
	Kernel int `json:"kernel"`
	// Widths are those of the maps, one after another.
	Widths []int `json:"widths"`
}

// width is how many numbers the part makes.
func (p *Part) width() int {
	if p.Kernel > 0 && len(p.Widths) == 1 {
		return p.Widths[0] * (p.To - p.From - p.Kernel + 1)
	}
	return p.Widths[len(p.Widths)-1]
}

// Graphs encodes job graphs as Decima does (Mao et al., "Learning Scheduling
// Algorithms for Data Processing Clusters", SIGCOMM 2019): stages get messages
// from their children, jobs are the sums of their stages, and the cluster is
// the sum of its jobs.
type Graphs struct {
	// Nodes, Jobs and Globals are how many features a stage, a job and a step
	// have.
	Nodes   int `json:"nodes"`
	Jobs    int `json:"jobs"`
	Globals int `json:"globals"`
	// Width is that of each embedding.
	Width int `json:"width"`
	// Hidden is the width between the two maps of the network that prepares a
	// stage, Inner that of the networks for messages, updates, jobs and the
	// cluster; 0 stands for one map.
	Hidden int `json:"hidden"`
	Inner  int `json:"inner"`
	// Pointed are the widths of the layers between what is known of a stage that
	// may be chosen and its token, each followed by the activation: of Decima's
	// policy networks 32, 16 and 8. Empty stands for none: what backbones without
	// layers then say of a stage is a weighted sum, to which what all stages have
	// in common adds nothing.
	Pointed []int `json:"pointed,omitempty"`
	// Mean takes means where Decima takes sums, whatever the number of stages
	// and jobs.
	Mean bool `json:"mean"`
	// Summary adds a token of the cluster to each step, which later steps see.
	Summary bool `json:"summary"`
	// Kept lets later steps see the tokens of stages, as the paper has it:
	// contexts are long then. Otherwise they are forgotten after the step.
	Kept bool `json:"kept"`
}

// stage is the width of what a stage's token is made of: features and
// embeddings of the stage, its job and the cluster.
func (g *Graphs) stage() int { return g.Nodes + g.Width + g.Jobs + g.Width + g.summary() }

// summary is the width of what a summary's token is made of.
func (g *Graphs) summary() int { return g.Globals + g.Width }

func (e *Encoder) validate(path string) error {
	if err := refuse(path, activationCheck(e.Activation)); err != nil {
		return err
	}
	switch e.Kind {
	case EncoderVector:
		return e.validateVector(path)
	case EncoderGraph:
		return e.Graph.validate(path + ".graph")
	}
	return refuse(path, check{false, "kind", e.Kind, `give "vector" or "graph"`})
}

func (e *Encoder) validateVector(path string) error {
	if err := refuse(path,
		sizeFrom(1, "features", e.Features),
		check{len(e.Parts) > 0, "parts", "empty", "give at least one"},
		check{e.Tokens == TokensJoined || e.Tokens == TokensSeparate, "tokens", e.Tokens, `give "joined" or "separate"`},
	); err != nil {
		return err
	}
	names := make(map[string]bool, len(e.Parts))
	for i := range e.Parts {
		p := &e.Parts[i]
		at := fmt.Sprintf("%s.parts[%d]", path, i)
		if err := refuse(at,
			check{validName(p.Name), "name", p.Name, "give small letters, digits, dashes and underscores"},
			check{!names[p.Name], "name", p.Name, "a part before has it too: give each a name of its own"},
			check{p.From >= 0 && p.From < e.Features, "from", p.From, fmt.Sprintf("give the place of a feature, from 0 to %d", e.Features-1)},
			check{p.To > p.From && p.To <= e.Features, "to", p.To, fmt.Sprintf("give a number above from, up to %d", e.Features)},
			check{p.Kernel >= 0 && p.Kernel <= p.To-p.From, "kernel", p.Kernel, "give at most the number of features, or 0 for none"},
			check{len(p.Widths) > 0, "widths", "empty", "give at least one"},
		); err != nil {
			return err
		}
		for j, w := range p.Widths {
			if err := refuse(at, sizeFrom(1, fmt.Sprintf("widths[%d]", j), w)); err != nil {
				return err
			}
		}
		names[p.Name] = true
	}
	return nil
}

func (g *Graphs) validate(path string) error {
	for i, width := range g.Pointed {
		if err := refuse(path, sizeFrom(1, fmt.Sprintf("pointed[%d]", i), width)); err != nil {
			return err
		}
	}
	return refuse(path,
		sizeFrom(1, "nodes", g.Nodes), sizeFrom(0, "jobs", g.Jobs), sizeFrom(0, "globals", g.Globals),
		sizeFrom(1, "width", g.Width), sizeFrom(0, "hidden", g.Hidden), sizeFrom(0, "inner", g.Inner))
}
