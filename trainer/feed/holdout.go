package feed

import (
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"

	"trailblazer/datasets/traj"
	"trailblazer/internal/contenthash"
	"trailblazer/internal/jsonconfig"
)

// by is what stays together in a data set with this schema.
func (h *Holdout) by(schema *traj.Schema) (string, error) {
	const trace = "info.trace"
	switch at := schema.Field(h.By); {
	case h.By == "" && schema.Field(trace) >= 0:
		return trace, nil
	case h.By == "":
		return "seed", nil
	case h.By == "seed" || h.By == "episode":
		return h.By, nil
	case at < 0 || schema.Fields[at].Role != traj.RoleInfo || schema.Fields[at].Leaf.Elements() != 1:
		return "", jsonconfig.Refuse("held_out.by", jsonconfig.Quote(h.By), "give seed, episode, or a field of info with one number")
	}
	return h.By, nil
}

// draws reports whether a key is held out.
func (h *Holdout) draws(key string) bool {
	hash := contenthash.New("held out")
	hash.Integer(int(h.Seed))
	hash.Text(key)
	digest := hash.Digest()
	// 53 bits are a float64 in [0, 1).
	return float64(binary.LittleEndian.Uint64(digest[:])>>11)/(1<<53) < h.Share
}

// namesOf lists, for each scenario, what the numbers of a field stand for: the
// scenario's metadata has a list of names called "traces" for "info.trace".
func namesOf(info *traj.Info, by string) map[string][]string {
	names := map[string][]string{}
	field, ofInfo := strings.CutPrefix(by, "info.")
	if !ofInfo {
		return names
	}
	for i := range info.Scenarios {
		s := &info.Scenarios[i]
		var metadata map[string]json.RawMessage
		var list []string
		if json.Unmarshal(s.Metadata, &metadata) == nil && json.Unmarshal(metadata[field+"s"], &list) == nil {
			names[s.ContentHash] = list
		}
	}
	return names
}

// nameOf names what a number in info stands for in a scenario.
func nameOf(names []string, scenario string, number float64) string {
	if at := int(number); number >= 0 && at < len(names) {
		return names[at]
	}
	return scenario + "/" + strconv.FormatFloat(number, 'g', -1, 64)
}
