// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// load serve                  answers on the ports below until it is killed;
// prints "ready" load NAME ADDRESS           makes one of the loads, and ends
// when it is made
//
//   stream       one TCP connection, 2 GB one way
//   connections  1,000 TCP connections a second for 20 s, each asks 200 bytes
//   and is answered 2,000 datagrams    10,000 UDP datagrams of 512 bytes to
//   five addresses, from ADDRESS on flows        20,000 UDP source ports, 3
//   datagrams of 100 bytes each, 5 s apart refused      200 TCP connects to a
//   port where nobody listens unanswered   200 TCP connects, given up after 2.5
//   s
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STREAM_PORT = 7001, ANSWER_PORT, DISCARD_PORT, CLOSED_PORT };

#define STREAM_BYTES 2000000000LL
#define CONNECTIONS 20000
#define CONNECTIONS_A_SECOND 1000
#define QUESTION_BYTES 200
#define ANSWER_BYTES 2000
#define DATAGRAMS 10000
#define DATAGRAMS_A_SECOND 5000
#define FLOWS 20000
#define FIRST_FLOW_PORT 10000
#define ROUNDS 3
#define PROCESSES 4
#define ROUND_SECONDS 5
#define ATTEMPTS 200

static void check(int good, const char *what) {
  if (!good) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
  }
}

static struct sockaddr_in at(in_addr_t address, int port) {
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons((in_port_t)port),
                              .sin_addr = {address}};
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void wait_until(double when) {
  double left = when - seconds();
  if (left > 0)
    usleep((useconds_t)(left * 1e6));
}

static int server_socket(int type, int port) {
  int fd = socket(AF_INET, type, 0), one = 1, room = 64 << 20;
  struct sockaddr_in here = at(htonl(INADDR_ANY), port);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
  check(fd >= 0 && !bind(fd, (void *)&here, sizeof(here)), "bind");
  check(type != SOCK_STREAM || !listen(fd, 4096), "listen");
  return fd;
}

static void *take_streams(void *listener) {
  static char buffer[1 << 18];
  for (;;) {
    int fd = accept(*(int *)listener, NULL, NULL);
    while (read(fd, buffer, sizeof(buffer)) > 0)
      ;
    close(fd);
  }
  return NULL;
}

static ssize_t read_all(int fd, char *to, size_t size) {
  size_t got = 0;
  for (ssize_t more; got < size && (more = read(fd, to + got, size - got)) > 0;)
    got += (size_t)more;
  return (ssize_t)got;
}

static void *answer(void *listener) {
  char question[QUESTION_BYTES], reply[ANSWER_BYTES] = {0};
  for (;;) {
    int fd = accept(*(int *)listener, NULL, NULL);
    if (read_all(fd, question, sizeof(question)) == sizeof(question))
      check(write(fd, reply, sizeof(reply)) == sizeof(reply), "answering");
    (void)!read(fd, question, 1); /* the client closes first */
    close(fd);
  }
  return NULL;
}

static int serve(void) {
  static int streams, answers, datagrams;
  char buffer[2048];
  pthread_t thread;
  streams = server_socket(SOCK_STREAM, STREAM_PORT);
  answers = server_socket(SOCK_STREAM, ANSWER_PORT);
  datagrams = server_socket(SOCK_DGRAM, DISCARD_PORT);
  pthread_create(&thread, NULL, take_streams, &streams);
  for (int i = 0; i < 8; i++)
    pthread_create(&thread, NULL, answer, &answers);
  puts("ready");
  fflush(stdout);
  for (;;)
    (void)!recv(datagrams, buffer, sizeof(buffer), 0);
  return 0;
}

static int connected(in_addr_t address, int port) {
  struct sockaddr_in there = at(address, port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  check(fd >= 0 && !connect(fd, (void *)&there, sizeof(there)), "connect");
  return fd;
}

static void stream(in_addr_t address) {
  static char buffer[1 << 17];
  int fd = connected(address, STREAM_PORT);
  for (long long left = STREAM_BYTES; left > 0;) {
    ssize_t sent =
        write(fd, buffer,
              left < (long long)sizeof(buffer) ? (size_t)left : sizeof(buffer));
    check(sent > 0, "write");
    left -= sent;
  }
  shutdown(fd, SHUT_WR);
  (void)!read(fd, buffer, 1); /* until all has arrived */
  close(fd);
}

static void connections(in_addr_t address) {
  char question[QUESTION_BYTES] = {0}, reply[ANSWER_BYTES];
  double begin = seconds();
  for (int i = 0; i < CONNECTIONS; i++) {
    wait_until(begin + (double)i / CONNECTIONS_A_SECOND);
    int fd = connected(address, ANSWER_PORT);
    check(write(fd, question, sizeof(question)) == sizeof(question), "asking");
    check(read_all(fd, reply, sizeof(reply)) == sizeof(reply),
          "being answered");
    close(fd);
  }
}

static void datagrams(in_addr_t address) {
  char payload[512] = {0};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  double begin = seconds();
  for (int i = 0; i < DATAGRAMS; i++) {
    struct sockaddr_in there =
        at(htonl(ntohl(address) + (unsigned)i % 5), DISCARD_PORT);
    wait_until(begin + (double)i / DATAGRAMS_A_SECOND);
    check(sendto(fd, payload, sizeof(payload), 0, (void *)&there,
                 sizeof(there)) > 0,
          "sendto");
  }
}

/* Every so many-th port, for one process may not have 20,000 files open. */
static void some_flows(in_addr_t address, int first) {
  static int fds[FLOWS];
  char payload[100] = {0};
  struct sockaddr_in there = at(address, DISCARD_PORT);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (int i = first; i < FLOWS; i += PROCESSES) {
    struct sockaddr_in here = at(htonl(INADDR_ANY), FIRST_FLOW_PORT + i);
    fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
    check(fds[i] >= 0 && !bind(fds[i], (void *)&here, sizeof(here)), "bind");
  }
  double begin = seconds();
  for (int round = 0; round < ROUNDS; round++)
    for (int i = first; i < FLOWS; i += PROCESSES) {
      if (i % 64 < PROCESSES)
        wait_until(begin + (round + (double)i / FLOWS) * ROUND_SECONDS);
      check(sendto(fds[i], payload, sizeof(payload), 0, (void *)&there,
                   sizeof(there)) > 0,
            "sendto");
    }
}

static void flows(in_addr_t address) {
  int failed = 0, status;
  for (int process = 0; process < PROCESSES; process++)
    if (fork() == 0) {
      some_flows(address, process);
      _exit(0);
    }
  while (wait(&status) > 0)
    failed |= status;
  check(!failed, "a process of its own");
}

static void attempts(in_addr_t address, double patience) {
  struct pollfd tries[ATTEMPTS];
  struct sockaddr_in there = at(address, CLOSED_PORT);
  for (int i = 0; i < ATTEMPTS; i++) {
    tries[i] =
        (struct pollfd){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
                        .events = POLLOUT};
    (void)!connect(tries[i].fd, (void *)&there, sizeof(there));
    usleep(1000);
  }
  wait_until(seconds() + patience);
}

int main(int argc, char **argv) {
  in_addr_t address = argc == 3 ? inet_addr(argv[2]) : INADDR_NONE;

  if (argc == 2 && !strcmp(argv[1], "serve"))
    return serve();
  if (address == INADDR_NONE)
    goto usage;
  if (!strcmp(argv[1], "stream"))
    stream(address);
  else if (!strcmp(argv[1], "connections"))
    connections(address);
  else if (!strcmp(argv[1], "datagrams"))
    datagrams(address);
  else if (!strcmp(argv[1], "flows"))
    flows(address);
  else if (!strcmp(argv[1], "refused"))
    attempts(address, 0.5);
  else if (!strcmp(argv[1], "unanswered"))
    attempts(address, 2.5);
  else
    goto usage;
  return 0;
usage:
  fprintf(stderr, "usage: load serve | load NAME ADDRESS\n");
  return 2;
}
