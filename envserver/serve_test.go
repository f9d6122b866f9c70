package envserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

// TestStopWhileStepping stops the server during 64 steps. All are done, and
// all replies arrive; resting streams end with a word.
func TestStopWhileStepping(t *testing.T) {
	const sessions = 64
	h := start(t, envserver.Options{})
	entered, release := make(chan struct{}, sessions), make(chan struct{})
	stepping := make([]*session, sessions)
	for i := range stepping {
		stepping[i] = h.walk(t, 1)
	}
	resting := h.walk(t, 1)
	stream, err := h.http2(t).StepStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(stepMessage(resting.request(resting.pushed(1)))); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Receive(); err != nil {
		t.Fatal(err)
	}

	h.catalog.OnStep = func(int) { entered <- struct{}{}; <-release }
	errs := make([]error, sessions)
	next := make([]uint64, sessions)
	var steps sync.WaitGroup
	client, http2 := h.client(t), h.http2(t)
	for i, s := range stepping {
		steps.Go(func() {
			if i%2 == 0 { // Half of them on HTTP/1.1, half as one stream each.
				reply, err := client.Step(context.Background(), s.request(s.pushed(1)))
				next[i], errs[i] = reply.GetNextIndex(), err
				return
			}
			stream, err := http2.StepStream(context.Background())
			if err != nil {
				errs[i] = err
				return
			}
			_ = stream.Send(stepMessage(s.request(s.pushed(1))))
			reply, err := stream.Receive()
			next[i], errs[i] = reply.GetStep().GetNextIndex(), err
		})
	}
	for range sessions {
		<-entered
	}
	stopped := make(chan error, 1)
	go func() { stopped <- h.stop() }()
	if _, err := stream.Receive(); connect.CodeOf(err) != connect.CodeUnavailable || !strings.Contains(err.Error(), "stopping") {
		t.Errorf("a resting stream ended with %v", err)
	}
	eventually(t, "new connections are refused", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.address, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	close(release)
	steps.Wait()
	for i, err := range errs {
		if err != nil || next[i] != 2 {
			t.Errorf("step %d: next %d, %v", i, next[i], err)
		}
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

// TestStopWithoutPatience stops a server whose step does not end.
func TestStopWithoutPatience(t *testing.T) {
	h := start(t, envserver.Options{GracePeriod: 50 * time.Millisecond})
	s := h.walk(t, 1)
	entered, release := make(chan struct{}, 1), make(chan struct{})
	h.catalog.OnStep = func(int) { entered <- struct{}{}; <-release }
	done := make(chan error, 2)
	request := s.request(s.pushed(1))
	for range 2 { // One steps, the other waits for it.
		go func() {
			_, err := h.client(t).Step(context.Background(), request)
			done <- err
		}()
	}
	<-entered
	if err := h.stop(); err == nil || !strings.Contains(err.Error(), "still running") {
		t.Errorf("Serve returned %v", err)
	}
	for range 2 {
		if err := <-done; err == nil {
			t.Error("a call that was cut got a reply")
		}
	}
	close(release)
	h.server.Close()
	h.stop = func() error { return nil }
}

func TestUnixSocketAndTLS(t *testing.T) {
	dir := t.TempDir()
	certificate, key, roots := selfSigned(t, dir)
	server, err := envserver.New(&testenv.Catalog{}, envserver.Options{TLSCertFile: certificate, TLSKeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		transport := &http.Transport{
			Protocols:       new(http.Protocols),
			TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"},
			DialContext:     func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", socket) },
		}
		transport.Protocols.SetHTTP1(protocol == "HTTP/1.1")
		transport.Protocols.SetHTTP2(protocol == "HTTP/2.0")
		client := &http.Client{Transport: transport}
		response, err := client.Get("https://localhost/metrics")
		if err != nil || response.Proto != protocol {
			t.Errorf("%s: %v", protocol, err)
		}
		response.Body.Close()
		rpc := trailblazerv1connect.NewEnvServiceClient(client, "https://localhost")
		if _, err := rpc.Make(t.Context(), &trailblazerv1.MakeRequest{EnvId: testenv.Flat}); err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}

	broken, err := envserver.New(&testenv.Catalog{}, envserver.Options{TLSCertFile: key, TLSKeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	listener, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.Serve(t.Context(), listener); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a broken certificate: %v", err)
	}
}

func selfSigned(t *testing.T, dir string) (certificate, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", keyDER), roots
}

// TestClosedServer refuses what comes after Close.
func TestClosedServer(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.walk(t, 1)
	h.server.Close()
	h.server.Close() // Twice is fine.
	_, err := s.Step(t.Context(), s.request(s.pushed(1)))
	wantCode(t, err, connect.CodeNotFound, "")
	_, err = h.Make(t.Context(), &trailblazerv1.MakeRequest{EnvId: testenv.Flat})
	wantCode(t, err, connect.CodeUnavailable, "stopping")
	if body := h.post(t, "/grpc.health.v1.Health/Check", "{}"); body.StatusCode == http.StatusOK {
		text := make([]byte, 64)
		n, _ := body.Body.Read(text)
		if !strings.Contains(string(text[:n]), "NOT_SERVING") {
			t.Errorf("health is %s", text[:n])
		}
	}
}
