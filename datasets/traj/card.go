package traj

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trailblazer/internal/atomicfile"
)

// cardMark tells a card that is ours to replace from one that its owner wrote.
const cardMark = "<!-- Written anew with every change of the data set. Delete this line to keep a text of your own. -->"

// howToUse is the end of a card, with SHARD and SPLIT to be replaced.
//
//go:embed card_use.md
var howToUse string

// writeCard writes README.md: the data-set card, whose front matter the Hugging
// Face loader reads. One without our mark is left alone.
func writeCard(dir string, info *Info) error {
	path := filepath.Join(dir, "README.md")
	present, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if err == nil && !bytes.Contains(present, []byte(cardMark)) {
		return nil
	}
	card, err := cardOf(info)
	if err != nil || bytes.Equal(card, present) {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(card)
		return err
	})
}

func cardOf(info *Info) ([]byte, error) {
	schema, err := info.Schema()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	cardFrontMatter(&b, info)
	s := &info.Statistics
	fmt.Fprintf(&b, "# Trajectories of %s\n\n%s\n\n", info.Environment, cardMark)
	fmt.Fprintf(&b, "%d episodes of %d steps in all, %d of them played to their end. A row of the steps is what an agent saw, what it did and what came of it; a row of the episodes says who played what, and how it went. `meta/info.json` describes the spaces.\n\n", s.Episodes, s.Steps, s.Complete)
	if info.Command != "" {
		fmt.Fprintf(&b, "Made with:\n\n```sh\n%s\n```\n\n", info.Command)
	}
	cardScenarios(&b, info)
	cardPolicies(&b, info)
	cardColumns(&b, schema, s)
	cardUse(&b, info)
	return b.Bytes(), nil
}

// cardFrontMatter lists the files by split, for the Hugging Face loader.
func cardFrontMatter(b *bytes.Buffer, info *Info) {
	var splits []string
	for _, s := range info.Shards {
		if !slices.Contains(splits, s.Split) {
			splits = append(splits, s.Split)
		}
	}
	// The order in which one uses them, then that of the files.
	usual := []string{"test", "validation", "valid", "train"}
	slices.SortStableFunc(splits, func(a, b string) int { return slices.Index(usual, b) - slices.Index(usual, a) })
	fmt.Fprintf(b, "---\npretty_name: Trajectories of %s\ntags:\n- reinforcement-learning\n- offline-rl\n- trajectories\n", info.Environment)
	if len(splits) > 0 {
		b.WriteString("configs:\n")
		for _, table := range []struct{ name, folder, rest string }{{"steps", stepsDir, "  default: true\n"}, {"episodes", episodesDir, ""}} {
			fmt.Fprintf(b, "- config_name: %s\n%s  data_files:\n", table.name, table.rest)
			for _, split := range splits {
				fmt.Fprintf(b, "  - split: %s\n    path: %s/%s-*%s\n", split, table.folder, split, shardSuffix)
			}
		}
	}
	b.WriteString("---\n\n")
}

func cardScenarios(b *bytes.Buffer, info *Info) {
	b.WriteString("## Scenarios\n\n| scenario | content hash |\n|---|---|\n")
	for _, s := range info.Scenarios {
		fmt.Fprintf(b, "| %s | `%s` |\n", cell(s.Name), s.ContentHash)
	}
	b.WriteString("\nThe content hash stands for everything that decides results besides seeds and actions.\n\n")
}

func cardPolicies(b *bytes.Buffer, info *Info) {
	s := &info.Statistics
	b.WriteString("## Policies\n\n| policy | episodes | steps | mean return | std |\n|---|--:|--:|--:|--:|\n")
	for _, name := range s.PolicyNames() {
		p := s.Policies[name]
		fmt.Fprintf(b, "| %s | %d | %d | %.5g | %.5g |\n", cell(name), p.Episodes, p.Steps, p.Return.Mean, p.Return.Std)
	}
	b.WriteString("\n")
	if len(info.Reference) == 0 {
		return
	}
	b.WriteString("To compare with:\n\n| scenario | | policy | mean return | episodes | from seed |\n|---|---|---|--:|--:|--:|\n")
	for _, r := range info.Reference {
		fmt.Fprintf(b, "| %s | %s | %s | %.5g | %d | %d |\n", cell(info.ScenarioTitle(r.Scenario, r.ScenarioHash)), cell(r.Kind), cell(r.Policy), r.Return, r.Episodes, r.Seed)
	}
	b.WriteString("\n")
}

func cardColumns(b *bytes.Buffer, schema *Schema, s *Statistics) {
	b.WriteString("## Columns of the steps\n\nBeside these, `scenario`, `scenario_hash` and `seed` are the episode's.\n\n")
	b.WriteString("| column | type | unit | what it is | min | mean | max |\n|---|---|---|---|--:|--:|--:|\n")
	for _, c := range schema.Columns() {
		kind := c.Field.Leaf.DType.String()
		switch {
		case c.Name == FieldPolicy:
			kind = "string"
		case c.List():
			kind = "list of " + kind
		}
		about := cmp.Or(c.Feature.Description, c.Field.Description)
		low, mean, high := "", "", ""
		if sum := s.Columns[c.Name]; sum.Count > 0 {
			low, mean, high = fmt.Sprintf("%.4g", sum.Min), fmt.Sprintf("%.4g", sum.Mean), fmt.Sprintf("%.4g", sum.Max)
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s | %s |\n", strings.ReplaceAll(c.Name, "|", `\|`), kind, cell(c.Feature.Unit), cell(about), low, mean, high)
	}
	b.WriteString("\n")
}

// cardUse says how to read the data set.
func cardUse(b *bytes.Buffer, info *Info) {
	shard, split := shardName(defaultSplit, 0), defaultSplit
	if len(info.Shards) > 0 {
		shard, split = info.Shards[0].Name, info.Shards[0].Split
	}
	strings.NewReplacer("SHARD", shard, "SPLIT", split).WriteString(b, howToUse)
}

// cell makes a text fit a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
