package pull

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	client "trailblazer/clients/go"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testenv"
	"trailblazer/internal/testserve"
	"trailblazer/internal/testtraj"
)

// TestAppendKeepsEverything sends episodes of each environment and reads back
// what was played, bit for bit.
func TestAppendKeepsEverything(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	c := dial(t, s.URL)
	for _, id := range []string{testenv.Walk, testenv.Flat, testenv.Plain} {
		factory := testtraj.Factory(t, id, 10)
		var played []*traj.Episode
		for n := range uint64(5) {
			played = append(played, testtraj.Play(t, factory, "me", n, int(3*n+1)))
		}
		name := strings.TrimPrefix(id, "trailblazer/")
		got, err := c.Append(t.Context(), To{Dataset: name, Environment: id, Config: factory.Spec().Config, Split: "test"}, played...)
		if err != nil || got.Episodes != 5 || got.Duplicates != 0 || got.Steps != 1+4+7+10+10 {
			t.Fatalf("%s: %+v, %v", id, got, err)
		}
		set, err := s.Store.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		defer set.Close()
		headers, err := set.Headers()
		if err != nil || len(headers) != 5 {
			t.Fatalf("%s: %d episodes: %v", id, len(headers), err)
		}
		listed, err := c.Episodes(t.Context(), name, sample.Filter{Splits: []string{"test"}})
		if err != nil || len(listed) != 5 {
			t.Fatalf("%s: %d episodes are listed: %v", id, len(listed), err)
		}
		for i, want := range played {
			kept, err := set.Episode(&headers[i])
			if err != nil {
				t.Fatal(err)
			}
			if kept.Seed != want.Seed || kept.Policy != "me" || kept.Complete != want.Complete || kept.Return != want.Return || listed[i].Return != want.Return || kept.ScenarioHash != want.ScenarioHash {
				t.Errorf("%s: %+v, want %+v", id, kept.Header, want.Header)
			}
			for _, frames := range [][2]*traj.Frame{{kept.Steps, want.Steps}, {kept.Initial, want.Initial}, {kept.Final, want.Final}} {
				for k, field := range frames[1].Fields {
					if field.Name != traj.FieldEpisode && !bytes.Equal(frames[0].Values[k].Data, frames[1].Values[k].Data) {
						t.Errorf("%s, episode %d: %s has changed", id, i, field.Name)
					}
				}
			}
		}
	}
	list, err := c.List(t.Context())
	if err != nil || len(list) != 3 || list[2].Name != "TestWalk-v0" || list[2].Episodes != 5 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestAppendOverLostConnections sends again what may have been kept: what was
// kept at the first attempt counts as kept, and what was there before does not.
func TestAppendOverLostConnections(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	factory := testtraj.Factory(t, testenv.Walk, 10)
	var played []*traj.Episode
	for n := range uint64(20) {
		played = append(played, testtraj.Play(t, factory, "me", n, 0))
	}
	for i, e := range played[:10] {
		e.Source = fmt.Sprint("mine/", i)
	}
	to := To{Dataset: "walks", Environment: testenv.Walk, Config: factory.Spec().Config}
	if got, err := dial(t, s.URL).Append(t.Context(), to, played[3:5]...); err != nil || got.Episodes != 2 {
		t.Fatalf("%+v: %v", got, err)
	}
	lossy := &losing{base: new(http.Transport)}
	t.Cleanup(lossy.base.CloseIdleConnections)
	c := dial(t, s.URL, client.WithHTTPClient(&http.Client{Transport: lossy}))
	got, err := c.Append(t.Context(), to, played...)
	if err != nil || got != (Appended{Episodes: 18, Duplicates: 2, Steps: 180}) || lossy.lost != 1 {
		t.Errorf("%+v after %d lost replies: %v", got, lossy.lost, err)
	}
	again, err := c.Append(t.Context(), to, played[:10]...)
	if err != nil || again != (Appended{Duplicates: 10}) {
		t.Errorf("another call: %+v, %v", again, err)
	}
	set, err := s.Store.Read("walks")
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if n := set.Info().Statistics.Episodes; n != 20 {
		t.Errorf("%d episodes are kept, want 20", n)
	}
}

// losing loses the first reply to an Append.
type losing struct {
	base *http.Transport
	lost int
}

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.base.RoundTrip(r)
	if err == nil && l.lost == 0 && strings.HasSuffix(r.URL.Path, "/Append") {
		l.lost++
		response.Body.Close()
		return nil, http.ErrServerClosed
	}
	return response, err
}

func TestAppendRefusals(t *testing.T) {
	s := testserve.Start(t, testserve.Options{})
	c := dial(t, s.URL)
	walk := testtraj.Play(t, testtraj.Factory(t, testenv.Walk, 10), "me", 1, 0)
	if _, err := c.Append(t.Context(), To{Dataset: "x", Environment: testenv.Flat}, walk); err == nil || !strings.Contains(err.Error(), "other spaces") {
		t.Errorf("an episode of another environment: %v", err)
	}
	if _, err := c.Append(t.Context(), To{Dataset: "x", Environment: "Chess"}, walk); err == nil || !strings.Contains(err.Error(), "no environment") {
		t.Errorf("an unknown environment: %v", err)
	}
	if _, err := c.Append(t.Context(), To{Dataset: "x/y", Environment: testenv.Walk}, walk); err == nil || !strings.Contains(err.Error(), "letters") {
		t.Errorf("a bad name: %v", err)
	}
}
