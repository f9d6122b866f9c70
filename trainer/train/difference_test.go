package train

import (
	"encoding/json"
	"testing"
)

func TestDifference(t *testing.T) {
	const base = `{"seed":1,"model":{"width":64},"tasks":[{"name":"abr","weight":1},{"name":"cc","weight":2}],"list":[1,2]}`
	for other, want := range map[string]string{
		base: "",
		`{"list":[1,2],"seed":1,"model":{"width":64},"tasks":[{"name":"abr","weight":1},{"name":"cc","weight":2}]}`:                                              "",
		`{"seed":1,"model":{"width":65},"tasks":[{"name":"abr","weight":1},{"name":"cc","weight":3}],"list":[1,2]}`:                                              "model.width is 64, and not 65, tasks.cc.weight is 2, and not 3",
		`{"seed":1,"model":{"width":64},"tasks":[{"name":"abr","weight":1},{"name":"cc","weight":3}],"list":[1,2]}`:                                              "tasks.cc.weight is 2, and not 3",
		`{"seed":1,"model":{"width":64},"tasks":[{"name":"abr","weight":1}],"list":[1,2]}`:                                                                       `tasks is [{"name":"abr","weight":1},{"name":"cc","weight":2}], and not [{"name":"abr","weight":1}]`,
		`{"seed":1,"model":{"width":64},"tasks":[{"name":"abr","weight":1},{"name":"cc","weight":2}],"list":[2,2]}`:                                              "list.0 is 1, and not 2",
		`{"seed":1,"model":7,"tasks":[{"name":"abr","weight":1},{"name":"cc","weight":2}]}`:                                                                      `list is [1,2], and not null, model is {"width":64}, and not 7`,
		`{"seed":1,"model":{"width":64,"std":0},"tasks":[{"name":"abr","weight":1},{"name":"cc","weight":2}],"list":[1,2],"new":{"on":false,"name":"","of":[]}}`: "",
		`{"seed":1,"model":{"width":64,"std":3},"tasks":[{"name":"abr","weight":1},{"name":"cc","weight":2}],"list":[1,2],"new":{"on":true}}`:                    `model.std is null, and not 3, new is null, and not {"on":true}`,
		`{"a":1,"b":1,"c":1,"d":1}`: "a is null, and not 1, b is null, and not 1, c is null, and not 1, d is null, and not 1, 4 more differ",
	} {
		if got, err := Difference(json.RawMessage(base), json.RawMessage(other)); got != want || err != nil {
			t.Errorf("%s: %q (%v), want %q", other, got, err, want)
		}
	}
}
