package envserver_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
)

const stepPath = "/trailblazer.v1.EnvService/Step"

func TestOversizedMessages(t *testing.T) {
	h := start(t, envserver.Options{MaxMessageBytes: 1 << 16})
	s := h.walk(t, 2)
	state := s.state(t).GetStateHash()
	action := s.action()
	action[0].Data = make([]byte, 1<<16)
	_, err := s.Step(t.Context(), s.request(action))
	wantCode(t, err, connect.CodeResourceExhausted, "65536")
	action[0].Data = make([]byte, 1<<22)
	_, err = s.Step(t.Context(), s.request(action))
	wantCode(t, err, connect.CodeResourceExhausted, "")
	if s.state(t).GetStateHash() != state {
		t.Error("the state has changed")
	}
}

// TestEndlessRequest sends a body that never ends. It must not be read for
// ever.
func TestEndlessRequest(t *testing.T) {
	h := start(t, envserver.Options{MaxMessageBytes: 1 << 16})
	sent := &endless{}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, h.address+stepPath, sent)
	request.Header.Set("Content-Type", "application/proto")
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		response.Body.Close()
		if response.StatusCode != http.StatusTooManyRequests {
			t.Errorf("answered %s", response.Status)
		}
	}
	if n := sent.n.Load(); n > 64<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

type endless struct{ n atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.n.Add(int64(len(p)))
	return len(p), nil
}

// TestGzipBomb sends a gigabyte of zeros in a megabyte.
func TestGzipBomb(t *testing.T) {
	h := start(t, envserver.Options{MaxMessageBytes: 2 << 20})
	var member bytes.Buffer
	w := gzip.NewWriter(&member)
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	bomb := strings.Repeat(member.String(), 1024) // Readers take members as one.
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	response := h.post(t, stepPath, bomb, "Content-Type", "application/proto", "Content-Encoding", "gzip")
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	if response.StatusCode != http.StatusTooManyRequests {
		t.Errorf("answered %s", response.Status)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 32<<20 {
		t.Errorf("%d MB were allocated", got>>20)
	}
	if took > time.Second {
		t.Errorf("unpacking took %v", took)
	}
}

func TestGarbage(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.walk(t, 2)
	whole, err := proto.Marshal(s.request(s.pushed(1)))
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < len(whole); cut += 7 {
		response := h.post(t, stepPath, string(whole[:cut]), "Content-Type", "application/proto")
		if response.StatusCode == http.StatusOK || response.StatusCode >= 500 {
			t.Errorf("cut at %d of %d: %s", cut, len(whole), response.Status)
		}
	}
	for name, c := range map[string]struct {
		body    string
		headers []string
		status  int
	}{
		"not gzip":         {string(whole), []string{"Content-Encoding", "gzip"}, http.StatusBadRequest},
		"unknown encoding": {string(whole), []string{"Content-Encoding", "br"}, http.StatusNotImplemented},
		"no JSON":          {"{", []string{"Content-Type", "application/json"}, http.StatusBadRequest},
		"empty JSON body":  {"", []string{"Content-Type", "application/json"}, http.StatusBadRequest},
		"a web form":       {"a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, http.StatusUnsupportedMediaType},
		"a wrong timeout":  {string(whole), []string{"Connect-Timeout-Ms", "soon"}, http.StatusBadRequest},
	} {
		headers := append([]string{"Content-Type", "application/proto"}, c.headers...)
		if response := h.post(t, stepPath, c.body, headers...); response.StatusCode != c.status {
			t.Errorf("%s: %s, want %d", name, response.Status, c.status)
		}
	}
	s.step(t, s.pushed(1))
}

// TestHalfOpenConnections opens connections that say nothing, say half a
// header, half a body, or do not read. All are ended in time.
func TestHalfOpenConnections(t *testing.T) {
	const soon = 100 * time.Millisecond
	h := start(t, envserver.Options{HeaderTimeout: soon, BodyTimeout: soon, IdleTimeout: soon, WriteTimeout: soon})
	s := h.walk(t, 2)
	head := "POST " + stepPath + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/proto\r\n"
	for name, sent := range map[string]string{
		"silent":       "",
		"half header":  head,
		"half body":    head + "Content-Length: 100\r\n\r\nabc",
		"half h2 hand": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"idle":         "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(h.address, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, sent); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
				t.Error("the server did not end the connection")
			}
		})
	}
	t.Run("does not read", func(t *testing.T) {
		t.Parallel()
		// The connection that walked is idle, and may be ended just when it is
		// asked again.
		fresh := &harness{EnvServiceClient: h.client(t), catalog: h.catalog, server: h.server, address: h.address}
		big := fresh.make(t, &trailblazerv1.MakeRequest{EnvId: "trailblazer/TestFlat-v0", NumEnvs: 100_000})
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.address, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		body := fmt.Sprintf(`{"sessionId":%q}`, big.id)
		fmt.Fprintf(conn, "POST /trailblazer.v1.EnvService/Reset HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		// 30 MB do not fit any socket buffer; the server gives up.
		eventually(t, "the call ends", func() bool {
			return h.metric(t, `trailblazer_requests_total{code="ok",procedure="Reset"}`) == 2
		})
	})
	_ = s
}
