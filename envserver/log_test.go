package envserver_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"trailblazer/envserver"
)

// lockedBuffer is a bytes.Buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestLog(t *testing.T) {
	var out lockedBuffer
	h := start(t, envserver.Options{
		Logger: zerolog.New(&out), Tokens: []envserver.Token{envserver.NewToken("ann", "topsecret")},
	}).as(t, "topsecret")
	s := h.walk(t, 2)
	s.step(t, s.pushed(1))
	if _, err := s.Step(t.Context(), s.request(s.pushed(7))); err == nil {
		t.Fatal("an action out of bounds was taken")
	}
	h.catalog.OnStep = func(int) { panic("out of cheese") }
	if _, err := s.Step(t.Context(), s.request(s.pushed(1))); err == nil {
		t.Fatal("no error")
	}
	want := []struct{ level, procedure, code string }{
		{"info", "Make", "ok"}, {"debug", "Reset", "ok"}, {"debug", "Step", "ok"}, {"info", "Step", "invalid_argument"}, {"error", "Step", "internal"},
	}
	eventually(t, "all calls are logged", func() bool { return strings.Count(out.String(), `"message":"call"`) == len(want) })
	i := 0
	for line := range strings.Lines(out.String()) {
		var entry struct{ Level, Procedure, Code, Owner, Session, Error, Message, Stack string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if entry.Message != "call" {
			if !strings.Contains(entry.Stack, "testenv") {
				t.Errorf("no stack in %s", line)
			}
			continue
		}
		if w := want[i]; entry.Level != w.level || entry.Procedure != w.procedure || entry.Code != w.code || entry.Owner != "ann" || entry.Session != s.id {
			t.Errorf("line %d is %s, want %+v", i, line, w)
		}
		i++
	}
	if strings.Contains(out.String(), "topsecret") {
		t.Error("the log holds a token")
	}
}
