package train

import (
	"cmp"
	"encoding/json"
)

// cuts are the fields of Data that follow from a model's context; nil where
// nobody has set them.
type cuts struct {
	Window *int `json:"window"`
	Stride *int `json:"stride"`
	Lead   *int `json:"lead"`
	Batch  *int `json:"batch"`
}

// sizes are how many steps the sequences of an environment have, 0 for whole
// episodes, and how many of them make a batch, where the model has no say in it.
func sizes(environment string) (window, batch int) {
	switch environment {
	case "trailblazer/ABR-v0":
		return 0, 32
	case "trailblazer/CJS-v0":
		return 40, 16
	}
	return 64, 32
}

// cut cuts episodes as the model sees them, but for what is set.
func (t *Task) cut(set cuts) {
	d, context := &t.Data, t.Model.Context
	window, batch := sizes(t.Model.Environment)
	if t.Model.Windowed {
		// It is trained as it plays, on windows, wherever they begin.
		batch = max(1, batch*cmp.Or(window, 48)/max(1, context))
		window = context
	} else if window > 0 {
		window = max(window, context)
	}
	d.Window, d.Batch = given(set.Window, window), given(set.Batch, batch)
	stride, lead := 0, 0
	overlaps := !t.Model.Windowed && d.Window > 0 && context > 1
	if overlaps {
		// Sequences overlap by what a decision looks back on.
		lead = min(context-1, d.Window/2)
	}
	d.Lead = given(set.Lead, lead)
	switch {
	case t.Model.Windowed:
		stride = 1
	case overlaps:
		stride = max(0, d.Window-d.Lead)
	}
	d.Stride = given(set.Stride, stride)
}

func given(set *int, otherwise int) int {
	if set != nil {
		return *set
	}
	return otherwise
}

// Changed is the config after some changes of its JSON. How episodes are cut,
// and how many sequences make a batch, follows the changed models, unless the
// changes say it: those fields are null before them.
func (c *Config) Changed(change func(json.RawMessage) (json.RawMessage, error)) (*Config, error) {
	raw := c.JSON()
	var err error
	for i := range c.Tasks {
		for _, field := range []string{"window", "stride", "lead", "batch"} {
			if raw, err = Set(raw, "tasks."+c.Tasks[i].Name+".data."+field, "null"); err != nil {
				return nil, err
			}
		}
	}
	if raw, err = change(raw); err != nil {
		return nil, err
	}
	changed, err := decodeConfig(raw)
	if err != nil {
		return nil, err
	}
	var says struct {
		Tasks []struct {
			Data cuts `json:"data"`
		} `json:"tasks"`
	}
	if err := json.Unmarshal(raw, &says); err != nil {
		return nil, err
	}
	for i := range changed.Tasks {
		changed.Tasks[i].cut(says.Tasks[i].Data)
	}
	return changed, changed.Validate()
}
