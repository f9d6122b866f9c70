package train_test

import (
	"encoding/json"
	"strings"
	"testing"

	"trailblazer/trainer/train"
)

// TestWindowsFollowTheContext changes contexts of presets, with and without
// saying how episodes are cut.
func TestWindowsFollowTheContext(t *testing.T) {
	sets := collected(t, "abr", "cc")
	type cut struct{ window, stride, lead, batch int }
	for _, test := range []struct {
		preset, task string
		set          []string
		want         cut
		err          string
	}{
		{"decision-transformer", "abr", nil, cut{10, 1, 0, 153}, ""},
		{"decision-transformer", "abr", []string{"model.context=20"}, cut{20, 1, 0, 76}, ""},
		{"decision-transformer", "abr", []string{"model.context=20", "data.batch=7", "data.stride=5"}, cut{20, 5, 0, 7}, ""},
		{"decision-transformer", "abr", []string{"model.windowed=false"}, cut{0, 0, 0, 32}, ""},
		{"decision-transformer", "abr", []string{"model.context=20", "data.window=10"}, cut{}, "tasks.abr.data.window is 10: give 20"},
		{"small", "cc", []string{"model.context=8"}, cut{64, 57, 7, 32}, ""},
		{"small", "cc", []string{"model.context=8", "data.window=30", "data.lead=2"}, cut{30, 28, 2, 32}, ""},
		{"small", "cc", []string{"model.context=100"}, cut{100, 50, 50, 32}, ""},
		{"small", "cc", []string{"data.window=2"}, cut{}, "tasks.cc.data.window is 2: give at least"},
	} {
		sources, err := train.NewSources(sets, []string{test.task})
		check(t, err)
		basis, err := train.Default(sources, train.Basis{Preset: test.preset})
		check(t, err)
		c, err := basis.Changed(func(raw json.RawMessage) (json.RawMessage, error) {
			for _, one := range test.set {
				path, value, _ := strings.Cut(one, "=")
				var err error
				raw, err = train.Set(raw, "tasks."+test.task+"."+path, value)
				check(t, err)
			}
			return raw, nil
		})
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s %v: the error is %v, without %q", test.preset, test.set, err, test.err)
			}
			continue
		}
		check(t, err)
		d := c.Tasks[0].Data
		if got := (cut{d.Window, d.Stride, d.Lead, d.Batch}); got != test.want {
			t.Errorf("%s %v: %+v, want %+v", test.preset, test.set, got, test.want)
		}
		if len(test.set) == 0 && string(c.JSON()) != string(basis.JSON()) {
			t.Errorf("%s: without changes the config is %s, not %s", test.preset, c.JSON(), basis.JSON())
		}
	}
}
