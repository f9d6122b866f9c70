package decision

import (
	"fmt"
	"strings"

	"trailblazer/api/env"
)

// graph is the places of a graph's nodes and links among the leaves.
type graph struct{ nodes, links int }

// graphsOf finds graphs by the names that env.Leaves gives their parts.
func graphsOf(leaves []env.Leaf) []graph {
	var graphs []graph
	for i := range leaves {
		prefix, ok := strings.CutSuffix(leaves[i].Path, "edge_links")
		if !ok || !leaves[i].Ragged || leaves[i].DType != env.Int64 || leaves[i].Elements() != 2 {
			continue
		}
		for k := range leaves {
			if leaves[k].Path == prefix+"nodes" {
				graphs = append(graphs, graph{k, i})
			}
		}
	}
	return graphs
}

// check reports a *env.FieldError where an environment's links join nodes that
// are not there, which no bounds of a space say.
func (g graph) check(observation env.Arrays, i int) error {
	nodes := observation[g.nodes].Leaf
	count := int64(len(observation[g.nodes].Rows[i]) / nodes.RowBytes())
	for k, node := range env.Row[int64](&observation[g.links], i) {
		if node < 0 || node >= count {
			return &env.FieldError{
				Field: fmt.Sprintf("observation.%s, environment %d, element %d", observation[g.links].Leaf.Path, i, k),
				Value: fmt.Sprint(node), Remedy: fmt.Sprintf("give a node: there are %d", count),
			}
		}
	}
	return nil
}
