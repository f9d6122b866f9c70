package envserver_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"connectrpc.com/grpcreflect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

func (h *harness) get(t testing.TB, path string) string {
	t.Helper()
	response, err := http.Get(h.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func (h *harness) post(t testing.TB, path, body string, headers ...string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func parseFloat(t testing.TB, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestJSONNamesAMisspelledField refuses rather than ignores.
func TestJSONNamesAMisspelledField(t *testing.T) {
	h := start(t, envserver.Options{})
	response := h.post(t, "/trailblazer.v1.EnvService/Make", `{"envId": "`+testenv.Walk+`", "numEnv": 4}`)
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "numEnv") {
		t.Errorf("status %d: %s", response.StatusCode, body)
	}
}

// TestJSON plays with nothing but JSON over HTTP, as curl would.
func TestJSON(t *testing.T) {
	h := start(t, envserver.Options{})
	const service = "/trailblazer.v1.EnvService/"
	read := func(r *http.Response) string {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s %v: %s", r.Status, err, body)
		}
		if r.ContentLength != int64(len(body)) {
			t.Errorf("Content-Length is %d for %d bytes", r.ContentLength, len(body))
		}
		return string(body)
	}
	if list := read(h.post(t, service+"List", "{}")); !strings.Contains(list, testenv.Flat) {
		t.Error(list)
	}
	made := read(h.post(t, service+"Make", `{"envId":"`+testenv.Flat+`"}`))
	_, id, _ := strings.Cut(made, `sessionId":`)
	id = strings.Split(id, `"`)[1]
	if reset := read(h.post(t, service+"Reset", `{"sessionId":"`+id+`","seeds":["3"]}`)); !strings.Contains(reset, `"nextIndex":"1"`) && !strings.Contains(reset, `"nextIndex": "1"`) {
		t.Error(reset)
	}
	step := read(h.post(t, service+"Step", `{"sessionId":"`+id+`","index":"1","action":[{"dtype":"DATA_TYPE_INT64","shape":["1"],"data":"AgAAAAAAAAA="}]}`))
	if !strings.Contains(step, "DATA_TYPE_FLOAT32") {
		t.Error(step)
	}
}

// TestProtocols makes and steps over each protocol that Connect speaks.
func TestProtocols(t *testing.T) {
	h := start(t, envserver.Options{})
	for name, options := range map[string][]connect.ClientOption{
		"connect":      nil,
		"connect+gzip": {connect.WithSendGzip()},
		"json":         {connect.WithProtoJSON()},
		"grpcweb":      {connect.WithGRPCWeb()},
	} {
		t.Run(name, func(t *testing.T) {
			h := *h
			h.EnvServiceClient = h.client(t, options...)
			s := h.walk(t, 3)
			for range 3 {
				if got := len(s.step(t, s.pushed(1)).GetReward().GetData()); got != 24 {
					t.Errorf("%d bytes of reward", got)
				}
			}
		})
	}
	t.Run("grpc", func(t *testing.T) {
		h := *h
		h.EnvServiceClient = h.http2(t)
		s := h.walk(t, 3)
		s.step(t, s.pushed(1))
	})
}

func TestHealthAndReflection(t *testing.T) {
	h := start(t, envserver.Options{Tokens: []envserver.Token{envserver.NewToken("ann", "secret")}})
	if r := h.post(t, "/grpc.health.v1.Health/Check", "{}"); r.StatusCode != http.StatusOK {
		t.Errorf("health without a token: %s", r.Status)
	}
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	client := grpcreflect.NewClient(&http.Client{Transport: transport}, h.address)
	stream := client.NewStream(t.Context(), grpcreflect.WithRequestHeaders(http.Header{"Authorization": {"Bearer secret"}}))
	names, err := stream.ListServices()
	if err != nil || len(names) != 2 {
		t.Errorf("services %v, %v", names, err)
	}
	stream.Close()
	stream = client.NewStream(t.Context())
	if _, err := stream.ListServices(); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("reflection without a token: %v", err)
	}
	stream.Close()
}

func TestCORS(t *testing.T) {
	h := start(t, envserver.Options{AllowedOrigins: []string{"https://lab.example"}})
	preflight := func(origin string) *http.Response {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodOptions, h.address+"/trailblazer.v1.EnvService/Step", nil)
		request.Header.Set("Origin", origin)
		request.Header.Set("Access-Control-Request-Method", "POST")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response
	}
	r := preflight("https://lab.example")
	if r.StatusCode != http.StatusNoContent || r.Header.Get("Access-Control-Allow-Origin") != "https://lab.example" ||
		!strings.Contains(r.Header.Get("Access-Control-Allow-Headers"), "Connect-Protocol-Version") {
		t.Errorf("%s %v", r.Status, r.Header)
	}
	if r := preflight("https://evil.example"); r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a strange origin was allowed: %v", r.Header)
	}
	if r := h.post(t, "/trailblazer.v1.EnvService/List", "{}", "Origin", "https://lab.example"); r.Header.Get("Access-Control-Allow-Origin") == "" || !strings.Contains(r.Header.Get("Access-Control-Expose-Headers"), "Retry-After") {
		t.Errorf("%s %v", r.Status, r.Header)
	}
	off := start(t, envserver.Options{})
	if r := off.post(t, "/trailblazer.v1.EnvService/List", "{}", "Origin", "https://lab.example"); r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("CORS is on by default")
	}
}

func TestMetrics(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.walk(t, 3)
	s.step(t, s.pushed(1))
	s.step(t, s.pushed(1))
	if _, err := s.Step(t.Context(), s.request(s.pushed(2))); err == nil {
		t.Fatal("an action out of bounds was taken")
	}
	eventually(t, "the calls are counted", func() bool {
		return h.metric(t, `trailblazer_requests_total{code="ok",procedure="Step"}`) == 2 &&
			h.metric(t, `trailblazer_requests_total{code="invalid_argument",procedure="Step"}`) == 1 &&
			h.metric(t, `trailblazer_request_seconds_count{procedure="Step"}`) == 3 &&
			h.metric(t, `trailblazer_request_seconds_bucket{procedure="Step",le="+Inf"}`) == 3
	})
	for name, want := range map[string]float64{
		"trailblazer_environment_steps_total": 6,
		"trailblazer_sessions":                1,
		"trailblazer_environments":            3,
	} {
		if got := h.metric(t, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	// Whatever paths callers try, the labels stay few.
	h.post(t, "/trailblazer.v1.EnvService/Nonsense", "{}")
	if _, err := h.Close(t.Context(), &trailblazerv1.CloseRequest{SessionId: s.id}); err != nil {
		t.Fatal(err)
	}
	if page := h.get(t, "/metrics"); strings.Contains(page, "Nonsense") {
		t.Error("a caller's path became a label")
	}
	if got := h.metric(t, "trailblazer_environments"); got != 0 {
		t.Errorf("%v environments are open after Close", got)
	}
}
