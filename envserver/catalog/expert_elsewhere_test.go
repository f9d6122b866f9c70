package catalog

import (
	"errors"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/sparksim/sparkenv"
)

// TestExpertsOfEnvironmentsElsewhere: those that go by what they are shown label
// anywhere, those that know the data only where it is the same, and those that look
// into the environment nowhere but beside it.
func TestExpertsOfEnvironmentsElsewhere(t *testing.T) {
	c := open(t, "")
	for _, test := range []struct{ id, expert, want string }{
		{abrenv.ID, "", "offline-table"}, {abrenv.ID, "mpc-tuned", "mpc-tuned"}, {ccenv.ID, "", "oracle"}, {sparkenv.ID, "fair", "fair"},
		{sparkenv.ID, "", ""}, {abrenv.ID, NoExpert, ""},
	} {
		factory, err := c.Factory(test.id, "", settings[test.id])
		if err != nil {
			t.Fatal(err)
		}
		expert, err := c.ExpertFor(test.expert, factory.Spec())
		if err != nil || (expert == nil) != (test.want == "") || expert != nil && expert.Name != test.want {
			t.Errorf("%s: %q gives %+v (%v), want %q", test.id, test.expert, expert, err, test.want)
		}
		if expert == nil {
			continue
		}
		if _, err := expert.New(nil); err != nil {
			t.Errorf("%s: %v", expert.Name, err)
		}
	}
	factory, err := c.Factory(sparkenv.ID, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var refused *env.FieldError
	if _, err := c.ExpertFor("lookahead", factory.Spec()); !errors.As(err, &refused) || refused.Field != "expert" {
		t.Errorf("an expert that plans: %v", err)
	}
	abr, err := c.Factory(abrenv.ID, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	other := *abr.Spec()
	other.ContentHash = "0123456789abcdef"
	var mismatch *MismatchError
	if _, err := c.ExpertFor("", &other); !errors.As(err, &mismatch) {
		t.Errorf("another scenario there: %v", err)
	}
	other.ID = "trailblazer/XYZ-v0"
	var missing *env.NotFoundError
	if _, err := c.ExpertFor("", &other); !errors.As(err, &missing) {
		t.Errorf("unknown environment: %v", err)
	}
}
