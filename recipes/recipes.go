// Package recipes holds the experiments that come with the program: a JSON file
// for each, in the form that package internal/recipe documents.
package recipes

import "embed"

//go:embed *.json
var files embed.FS

// names are those of the files, in the order in which people should meet them;
// bases come before what is based on them.
func names() []string {
	return []string{
		"quick", "abr", "abr-leak-free", "cjs", "cc", "generalist",
		"specialists-abr", "specialists-cjs", "specialists-cc", "distill-abr", "distill-abr-leak-free", "distill",
		"decision-transformer", "cloning", "karma",
		"ablation-frozen", "ablation-scratch", "ablation-sizes",
		"ablation-hindsight", "ablation-labels", "ablation-states", "ablation-teachers",
	}
}

// All returns the text of every recipe.
func All() ([][]byte, error) {
	var texts [][]byte
	for _, name := range names() {
		text, err := files.ReadFile(name + ".json")
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}
