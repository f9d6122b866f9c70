package traj

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trailblazer/api/env"
)

// SplitPart is one part that a data set is split into.
type SplitPart struct {
	Name string
	// Share is a positive number; shares are taken relative to their sum.
	Share float64
}

// ParseSplitParts reads "train=0.8,valid=0.1,test=0.1".
func ParseSplitParts(text string) ([]SplitPart, error) {
	refuse := func(field, value string) error {
		return &env.FieldError{Field: field, Value: fmt.Sprintf("%q", value), Remedy: "give names with positive shares, such as train=0.8,valid=0.1,test=0.1"}
	}
	var parts []SplitPart
	for one := range strings.SplitSeq(text, ",") {
		name, share, _ := strings.Cut(one, "=")
		value, err := strconv.ParseFloat(share, 64)
		if err != nil || !(value > 0) || math.IsInf(value, 0) {
			return nil, refuse("parts", one)
		}
		if err := CheckSplit(name); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(parts, func(p SplitPart) bool { return p.Name == name }) {
			return nil, &env.FieldError{Field: "parts", Value: fmt.Sprintf("%q", text), Remedy: fmt.Sprintf("name %q once", name)}
		}
		parts = append(parts, SplitPart{name, value})
	}
	return parts, nil
}

// SplitOptions says into what a data set is split.
type SplitOptions struct {
	RewriteOptions
	Parts []SplitPart
	// By is what stays together: "episode", "seed", "scenario", or a field of
	// info with one number, as the reset showed it ("info.trace"). Episodes that
	// were added without infos are then drawn each on its own.
	By string
	// Seed draws another split of the same shares.
	Seed uint64
}

// Split writes a data set's episodes into a new one, each in a part that a hash
// of seed and key draws: the same key is in the same part in all data sets. The
// shares are met the better, the more keys there are. The new data set appears
// when it is complete.
func Split(ctx context.Context, dir, out string, o SplitOptions) (*Rewritten, error) {
	sets, base, err := openAll([]string{dir})
	defer closeAll(sets)
	if err != nil {
		return nil, err
	}
	key, ofInfo, err := splitKey(sets[0].Schema(), o.By)
	if err != nil {
		return nil, err
	}
	if len(o.Parts) == 0 {
		return nil, &env.FieldError{Field: "parts", Value: "empty", Remedy: "name at least one"}
	}
	withoutInfo := 0
	result, err := rewrite(ctx, out, sets, base, o.RewriteOptions, func(e *Episode) (string, error) {
		if ofInfo && e.WithoutInfo() {
			withoutInfo++
			return drawPart(o.Parts, o.Seed, byEpisode, episodeKey(e)), nil
		}
		k, err := key(e)
		if err != nil {
			return "", err
		}
		return drawPart(o.Parts, o.Seed, o.By, k), nil
	})
	if err != nil {
		return nil, err
	}
	result.WithoutInfo = withoutInfo
	// In the order that they were asked for, and those too that got nothing.
	var sizes []SplitSize
	for _, p := range o.Parts {
		size := SplitSize{Name: p.Name}
		for _, s := range result.Splits {
			if s.Name == p.Name {
				size = s
			}
		}
		sizes = append(sizes, size)
	}
	result.Splits = sizes
	return result, nil
}

// byEpisode is the SplitOptions.By under which every episode is its own group.
const byEpisode = "episode"

func episodeKey(e *Episode) string { return strconv.FormatInt(e.ID, 10) }

// splitKey returns what tells episodes apart that may go to different parts, and
// whether it is in their infos.
func splitKey(schema *Schema, by string) (key func(e *Episode) (string, error), ofInfo bool, err error) {
	switch by {
	case byEpisode:
		return func(e *Episode) (string, error) { return episodeKey(e), nil }, false, nil
	case "seed":
		return func(e *Episode) (string, error) {
			if !e.Seeded {
				return "", fmt.Errorf("it has no seed: split by episode or scenario")
			}
			return strconv.FormatUint(e.Seed, 10), nil
		}, false, nil
	case "scenario":
		return func(e *Episode) (string, error) { return e.Scenario, nil }, false, nil
	}
	var known []string
	at := -1
	for i, field := range schema.Role(RoleInfo) {
		if f := &schema.Fields[field]; f.Leaf.Elements() == 1 {
			known = append(known, f.Name)
			if f.Name == by {
				at = i
			}
		}
	}
	if at < 0 {
		return nil, false, &env.FieldError{Field: "by", Value: fmt.Sprintf("%q", by), Remedy: "give episode, seed, scenario, or one of " + strings.Join(known, ", ")}
	}
	return func(e *Episode) (string, error) {
		var sums [1]moments
		addField(sums[:], e.Initial.Fields[at].Leaf.DType, &e.Initial.Values[at])
		if sums[0].count == 0 {
			return "", fmt.Errorf("%s is no finite number: split by something else", by)
		}
		return strconv.FormatFloat(sums[0].mean, 'g', -1, 64), nil
	}, true, nil
}

// drawPart draws a part by a hash.
func drawPart(parts []SplitPart, seed uint64, by, key string) string {
	text := binary.LittleEndian.AppendUint64(nil, seed)
	sum := sha256.Sum256(append(text, by+"="+key...))
	// 53 bits are a float64 in [0, 1).
	left := float64(binary.LittleEndian.Uint64(sum[:])>>11) / (1 << 53)
	total := 0.0
	for _, p := range parts {
		total += p.Share
	}
	left = float64(left * total)
	for _, p := range parts[:len(parts)-1] {
		if left < p.Share {
			return p.Name
		}
		left -= p.Share
	}
	return parts[len(parts)-1].Name
}
