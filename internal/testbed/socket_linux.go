package testbed

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// socket is a UDP socket that is connected to its peer, with the kernel's time
// stamps. One goroutine may wait, and the same one send.
type socket struct {
	fd       int
	begin    time.Time
	datagram [1 << 16]byte
	oob      [256]byte
}

// maxWait is how long Wait waits at most, so that callers can look whether they
// should stop.
const maxWait = 50 * time.Millisecond

// openSocket makes a socket in the thread's namespace.
func openSocket(local, remote net.IP) (*socket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	s := &socket{fd: fd, begin: time.Now()}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 1<<22),
		unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte(local)}),
		unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte(remote)}),
	)
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Now implements conn.
func (s *socket) Now() time.Duration { return time.Since(s.begin) }

// Send implements conn. What the bottleneck drops is no error.
func (s *socket) Send(datagram []byte) error {
	for {
		_, err := unix.Write(s.fd, datagram)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ENOBUFS):
			return nil
		default:
			return err
		}
	}
}

// Wait implements waiter.
func (s *socket) Wait(until time.Duration) ([]byte, time.Duration, error) {
	until = min(until, s.Now()+maxWait)
	for {
		n, oobn, _, _, err := unix.Recvmsg(s.fd, s.datagram[:], s.oob[:], 0)
		if err == nil {
			return s.datagram[:n], s.arrival(s.oob[:oobn]), nil
		}
		if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return nil, 0, err
		}
		wait := until - s.Now()
		if wait <= 0 {
			return nil, 0, nil
		}
		timeout := unix.NsecToTimespec(int64(wait))
		if _, err := unix.Ppoll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}, &timeout, nil); err != nil && !errors.Is(err, unix.EINTR) {
			return nil, 0, err
		}
	}
}

// arrival is when the kernel received the datagram of a control message. Its
// stamp is of the wall clock, which may be adjusted: so it only says how long
// ago that was.
func (s *socket) arrival(oob []byte) time.Duration {
	now := time.Now()
	at := now.Sub(s.begin)
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return at
	}
	for _, m := range messages {
		var stamp unix.Timespec
		if m.Header.Level != unix.SOL_SOCKET || m.Header.Type != unix.SO_TIMESTAMPNS ||
			binary.Read(bytes.NewReader(m.Data), binary.NativeEndian, &stamp) != nil {
			continue
		}
		if ago := time.Duration(now.UnixNano() - stamp.Nano()); ago > 0 {
			at -= ago
		}
	}
	return at
}

// Close gives the socket back.
func (s *socket) Close() { unix.Close(s.fd) }

// driveSoon drives a node on a thread of its own, which the scheduler prefers
// where it may: its time is measured.
func driveSoon(ctx context.Context, w waiter, n node, until time.Duration) error {
	runtime.LockOSThread() // The thread ends with the goroutine.
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, -20)
	return drive(ctx, w, n, until)
}
