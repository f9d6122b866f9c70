package envserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	maxHeaderBytes = 64 << 10
	// pingAfter is how long a connection of HTTP/2 may be silent before the
	// server asks whether its peer lives.
	pingAfter = 30 * time.Second
)

// Serve answers calls on the listener (TCP or a unix socket) until the context
// ends. Then it accepts no more, lets the calls that are running finish for up
// to the grace period, and ends the streams. HTTP/1.1 and HTTP/2 share the
// listener, both without TLS unless the options name a certificate.
//
// Sessions outlive Serve; Close ends them. A server may serve several
// listeners.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server, err := s.httpServer()
	if err != nil {
		listener.Close()
		return err
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server.BaseContext = func(net.Listener) context.Context { return base }

	served := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			served <- server.ServeTLS(listener, "", "")
			return
		}
		served <- server.Serve(listener)
	}()
	select {
	case err := <-served:
		return fmt.Errorf("envserver: %w", err)
	case <-ctx.Done():
	}
	s.drain()
	grace, cancelGrace := context.WithTimeout(context.WithoutCancel(ctx), s.options.GracePeriod)
	defer cancelGrace()
	err = server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		cancel() // Whoever waits for a session gives up.
		err = errors.Join(fmt.Errorf("envserver: calls were still running after %v", s.options.GracePeriod), server.Close())
	}
	<-served
	return err
}

func (s *Server) httpServer() (*http.Server, error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	server := &http.Server{
		Handler:           s.handler,
		Protocols:         protocols,
		ReadHeaderTimeout: s.options.HeaderTimeout,
		ReadTimeout:       s.options.BodyTimeout,
		IdleTimeout:       s.options.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          log.New(&debugWriter{s}, "", 0),
		HTTP2:             &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: s.options.HeaderTimeout},
	}
	if s.options.TLSCertFile == "" {
		protocols.SetUnencryptedHTTP2(true)
		return server, nil
	}
	protocols.SetHTTP2(true)
	certificate, err := tls.LoadX509KeyPair(s.options.TLSCertFile, s.options.TLSKeyFile)
	if err != nil {
		return nil, fmt.Errorf("envserver: TLS certificate: %w", err)
	}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	return server, nil
}

// debugWriter logs what net/http has to say of broken connections.
type debugWriter struct{ server *Server }

func (w *debugWriter) Write(line []byte) (int, error) {
	w.server.options.Logger.Debug().Msg(strings.TrimSpace(string(line)))
	return len(line), nil
}
