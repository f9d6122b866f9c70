package traj

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"trailblazer/internal/filehash"
)

// differs names the first thing in which another data set is not of the same
// kind, or is nil: steps of both may lie in one data set if it is.
func (i *Info) differs(o *Info) error {
	if i.Environment != o.Environment {
		return fmt.Errorf("environment is %s, here it is %s", o.Environment, i.Environment)
	}
	if i.Labels != o.Labels {
		return fmt.Errorf("labels are %v, here they are %v", o.Labels, i.Labels)
	}
	if bytes.Equal(i.Observation, o.Observation) && bytes.Equal(i.Action, o.Action) && bytes.Equal(i.InfoSpace, o.InfoSpace) {
		return nil
	}
	own, err := i.Schema()
	if err != nil {
		return err
	}
	other, err := o.Schema()
	if err != nil {
		return err
	}
	if name, here, there := own.Difference(other); name != "" {
		return fmt.Errorf("%s is %s, here it is %s", name, there, here)
	}
	return nil
}

// String names the expert and what it says.
func (l Labels) String() string {
	if l.Expert == "" {
		return "none"
	}
	text := l.Expert + "'s actions"
	if l.Value {
		text += ", values"
	}
	if l.Advantage {
		text += ", advantages"
	}
	return text
}

// join adds what another description, of the same kind, says: bounds widen, and
// scenarios, command and reference scores are added. Statistics and shards stay.
func (i *Info) join(o *Info) error {
	for _, one := range []struct {
		name  string
		own   *json.RawMessage
		other json.RawMessage
	}{{"observation_space", &i.Observation, o.Observation}, {"action_space", &i.Action, o.Action}, {"info_space", &i.InfoSpace, o.InfoSpace}} {
		joined, err := joinSpaces(one.name, *one.own, one.other)
		if err != nil {
			return err
		}
		*one.own = joined
	}
	i.RewardLow, i.RewardHigh = min(i.RewardLow, o.RewardLow), max(i.RewardHigh, o.RewardHigh)
	if i.MaxEpisodeSteps > 0 {
		i.MaxEpisodeSteps = max(i.MaxEpisodeSteps, o.MaxEpisodeSteps)
	}
	if o.MaxEpisodeSteps == 0 {
		i.MaxEpisodeSteps = 0 // No limit.
	}
	for _, s := range o.Scenarios {
		i.addScenario(s)
	}
	i.addOrigin(o.Command, o.Reference)
	return nil
}

// addOrigin adds lines of a command that are not there, and reference scores,
// which replace those of the same scenario and kind. The scenarios must be
// there before.
func (i *Info) addOrigin(command string, references []Reference) {
	i.Reference = slices.Clone(i.Reference)
	for _, r := range i.settled(references) {
		same := func(own Reference) bool {
			return own.Scenario == r.Scenario && own.ScenarioHash == r.ScenarioHash && own.Kind == r.Kind
		}
		if at := slices.IndexFunc(i.Reference, same); at >= 0 {
			i.Reference[at] = r
		} else {
			i.Reference = append(i.Reference, r)
		}
	}
	for line := range strings.Lines(command) {
		line = strings.TrimSuffix(line, "\n")
		if !slices.Contains(strings.Split(i.Command, "\n"), line) {
			i.Command = strings.TrimPrefix(i.Command+"\n"+line, "\n")
		}
	}
}

// settled returns reference scores of which those without a content hash have
// that of the only scenario of their name, if there is just one.
func (i *Info) settled(references []Reference) []Reference {
	references = slices.Clone(references)
	for k := range references {
		r := &references[k]
		if r.ScenarioHash != "" {
			continue
		}
		named := func(s ScenarioInfo) bool { return s.Name == r.Scenario }
		if at := slices.IndexFunc(i.Scenarios, named); at >= 0 && !slices.ContainsFunc(i.Scenarios[at+1:], named) {
			r.ScenarioHash = i.Scenarios[at].ContentHash
		}
	}
	return references
}

// ScenarioTitle is a scenario's name, with the beginning of its content hash
// where the data set has several of the name. It is for people to read.
func (i *Info) ScenarioTitle(name, hash string) string {
	if !slices.ContainsFunc(i.Scenarios, func(s ScenarioInfo) bool { return s.Name == name && s.ContentHash != hash }) {
		return name
	}
	if hash == "" {
		return name + " (hash unknown)"
	}
	return fmt.Sprintf("%s (%.8s)", name, hash)
}

// addScenario adds one that is not there, and reports whether it was not.
func (i *Info) addScenario(s ScenarioInfo) bool {
	if slices.ContainsFunc(i.Scenarios, func(own ScenarioInfo) bool { return own.ContentHash == s.ContentHash && own.Name == s.Name }) {
		return false
	}
	i.Scenarios = append(slices.Clip(i.Scenarios), s)
	return true
}

// part is a finished shard with what its footer says.
type part struct {
	ShardInfo
	info *Info
}

// describe describes a data set of the given shards. It starts from what is
// said of the data set itself, whose reference scores are newer than those of
// shards; nil stands for the first shard's description.
func describe(base *Info, parts []part) (*Info, error) {
	var newest []Reference
	if base != nil {
		newest = base.Reference
	} else {
		base = parts[0].info
	}
	whole := *base
	whole.Statistics, whole.Shards = Statistics{}, nil
	for _, p := range parts {
		err := whole.differs(p.info)
		if err == nil {
			err = whole.join(p.info)
		}
		if err != nil {
			return nil, fmt.Errorf("shard %s is of another kind than what is before it: %w; move it to a data set of its own", p.Name, err)
		}
		whole.Statistics.join(&p.info.Statistics)
		whole.Shards = append(whole.Shards, p.ShardInfo)
	}
	whole.addOrigin("", newest)
	return &whole, nil
}

// findParts reads the footers of a data set's shards. known is its description
// as far as there is one, which saves hashing files that it lists; nil where
// there is none.
func findParts(dir string, known *Info) ([]part, error) {
	names, err := shardNames(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var parts []part
	for _, name := range names {
		info, err := readShardInfo(stepsPath(dir, name))
		if err != nil {
			return nil, err
		}
		p := part{ShardInfo{Name: name, Split: splitOf(name), Episodes: info.Statistics.Episodes, Steps: info.Statistics.Steps}, info}
		file, err := os.Stat(stepsPath(dir, name))
		if err != nil {
			return nil, err
		}
		p.Bytes = file.Size()
		if known != nil {
			at := slices.IndexFunc(known.Shards, func(s ShardInfo) bool { return s.Name == name && s.Bytes == p.Bytes })
			if at >= 0 {
				p.SHA256, p.EpisodesSHA256 = known.Shards[at].SHA256, known.Shards[at].EpisodesSHA256
			}
		}
		if p.SHA256 == "" {
			if p.SHA256, err = filehash.SHA256(stepsPath(dir, name)); err != nil {
				return nil, err
			}
			if p.EpisodesSHA256, err = filehash.SHA256(episodesPath(dir, name)); err != nil {
				return nil, err
			}
		}
		parts = append(parts, p)
	}
	return parts, nil
}
