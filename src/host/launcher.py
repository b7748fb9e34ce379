"""Starts the commands of a build for wrangle, and ends them when wrangle is gone (see design-notes, "Processes").

Told what to do on its stdin, it answers on its stdout; launcher.ts is the other side. Knows nothing of stages, logs or
time limits. In Python because its posix_spawn borrows the memory of the parent instead of copying it, as a fork does.

  start ID BYTES, then so many bytes: folder, number of arguments, arguments, and the variables that the command before
  it did not have (NAME=VALUE), or had and this one has not (NAME), each ended by NUL
      -> started ID PID                it is the command now, in a session and process group of the same number
      -> failed ID ERRNO               or it could not become that; nothing follows
      -> output ID STREAM BYTES, then so many bytes
      -> exit ID CODE SIGNAL ISGONE    its leader ended; a group that is gone is not watched any more
      -> end ID                        both its pipes and its leader have ended; nothing follows
  pause ID, resume ID, close ID        its output is not read for now, is read again, is not wanted any more
  watch ID GROUP, forget ID            a group that somebody else started; a group that is gone

When stdin ends, wrangle has ended or was killed. What is watched then gets TERM, a second, KILL, and is waited for,
because this process may hold the lock of the workspace.
"""

import errno
import os
import select
import signal
import sys
import time

REQUESTS, ANSWERS, LOCK = 0, 1, 3
PIECE_BYTES = 65536
# How long it may take until wrangle hears that a command was started. Most are over by then, and all is said in one go.
STARTED_MS = 20
LOOK_SECONDS = 0.1


class Launcher:
    def __init__(self):
        self.commands = {}  # id -> (pid, {stream: descriptor}), until its leader and its pipes have ended
        self.leaders = {}  # pid -> id, until it has ended
        self.sources = {}  # descriptor -> (id, stream)
        self.groups = {}  # id -> group, as long as it is watched
        self.variables = {}  # of the command that was started last
        self.unread = b""
        self.unsent = bytearray()
        self.is_urgent = False  # something that is not sent yet cannot wait
        self.nowhere = os.open(os.devnull, os.O_RDONLY)
        self.wake_ups, waker = os.pipe()
        os.set_blocking(self.wake_ups, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        # Not ignored, which the commands would inherit; and nothing happens all the same.
        for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGPIPE", "SIGXFSZ", "SIGCHLD"):
            signal.signal(getattr(signal, name), lambda *_: None)
        self.ready = select.poll()
        self.ready.register(REQUESTS, select.POLLIN)
        self.ready.register(self.wake_ups, select.POLLIN)

    def run(self):
        """Until there is nobody any more to tell it something, or to be told."""
        self.answer(b"ready")
        try:
            self.send()
            while self.step():
                pass
        except ConnectionError:
            pass
        self.end_groups()

    def step(self):
        """False at the end."""
        found = [descriptor for descriptor, _ in self.ready.poll(self.wait_ms())]
        for descriptor in found:
            # One may close others.
            if descriptor in self.sources:
                self.read_output(descriptor)
        if self.wake_ups in found:
            os.read(self.wake_ups, PIECE_BYTES)
            self.reap()
        if REQUESTS in found and not self.read_messages():
            return False
        # Once there is nothing more to add.
        if not found or len(self.unsent) > PIECE_BYTES:
            self.send()
        return True

    def wait_ms(self):
        """None: until there is something to read."""
        if self.is_urgent:
            return 0
        return STARTED_MS if self.unsent else None

    def answer(self, *words):
        self.unsent += b" ".join(words) + b"\n"
        self.is_urgent = True

    def send(self):
        """Waits while wrangle has no time to read, and then so do the commands in their next write: what they say is
        never piled up in memory."""
        while self.unsent:
            del self.unsent[: os.write(ANSWERS, self.unsent)]
        self.is_urgent = False

    def read_messages(self):
        """False at the end."""
        read = os.read(REQUESTS, PIECE_BYTES)
        unread = self.unread + read
        at = 0
        while (end := unread.find(b"\n", at)) >= 0:
            verb, id, *numbers = unread[at:end].split(b" ")
            number = int(numbers[0]) if numbers else 0
            after = end + 1
            if verb == b"start":
                if len(unread) < after + number:
                    break
                folder, count, *texts = unread[after : after + number].split(b"\0")[:-1]
                after += number
                self.start(id, folder, texts[: int(count)], texts[int(count) :])
            elif verb == b"pause":
                self.listen_to(id, False)
            elif verb == b"resume":
                self.listen_to(id, True)
            elif verb == b"close":
                self.close_pipes(id)
            elif verb == b"watch":
                self.groups[id] = number
            elif verb == b"forget":
                self.groups.pop(id, None)
            at = after
        self.unread = unread[at:]
        return bool(read)

    def start(self, id, folder, command, variables):
        # First, because the next command will be told only in what it differs from this one.
        for variable in variables:
            name, is_set, value = variable.partition(b"=")
            if is_set:
                self.variables[name] = value
            else:
                self.variables.pop(name, None)
        pipes = []
        try:
            for _ in range(2):
                pipes.append(os.pipe())
            # Each time: another folder may have the name by now.
            os.chdir(folder)
            pid = self.spawn(command, [theirs for _, theirs in pipes])
        except (OSError, ValueError, NotImplementedError) as error:
            for pipe in pipes:
                os.close(pipe[0])
                os.close(pipe[1])
            # What no process can be given, such as a variable without a name, and no system does, has no number.
            self.answer(b"failed", id, b"%d" % getattr(error, "errno", errno.EINVAL))
            return
        for stream, (mine, theirs) in enumerate(pipes):
            os.close(theirs)
            # A command that reads its own output may have been quicker.
            os.set_blocking(mine, False)
            self.sources[mine] = (id, stream)
            self.ready.register(mine, select.POLLIN)
        self.commands[id] = (pid, {stream: mine for stream, (mine, _) in enumerate(pipes)})
        self.leaders[pid] = id
        self.groups[id] = pid
        self.unsent += b"started %s %d\n" % (id, pid)

    def spawn(self, command, outputs):
        """As execvp does, but in the PATH of the command. Nothing of this process is open in it: Python opens all it opens
        for itself alone. Errors: OSError as that of execvp."""
        actions = [(os.POSIX_SPAWN_DUP2, descriptor, at) for at, descriptor in enumerate([self.nowhere, *outputs])]
        # A session of its own, as a command has that wrangle starts by itself: nothing that is sent to a session, or waits for a
        # terminal, reaches others.
        options = {"file_actions": actions, "setsid": True}
        failure = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        for file in files_of(command[0], self.variables.get(b"PATH", os.fsencode(os.defpath))):
            try:
                return os.posix_spawn(file, command, self.variables, **options)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except PermissionError as error:
                failure = error
            except OSError as error:
                if error.errno != errno.ENOEXEC:
                    raise
                # A script that does not say what it is for; everybody takes it to be one for sh.
                return os.posix_spawn("/bin/sh", [b"sh", file, *command[1:]], self.variables, **options)
        raise failure

    def listen_to(self, id, is_wanted):
        _, pipes = self.commands.get(id, (None, {}))
        for descriptor in pipes.values():
            if is_wanted:
                self.ready.register(descriptor, select.POLLIN)
            else:
                self.stop_listening(descriptor)

    def stop_listening(self, descriptor):
        try:
            self.ready.unregister(descriptor)
        except KeyError:
            pass  # It is not listened to.

    def read_output(self, descriptor):
        id, stream = self.sources[descriptor]
        try:
            piece = os.read(descriptor, PIECE_BYTES)
        except BlockingIOError:
            return
        if not piece:
            self.close_pipe(id, stream)
            return
        self.answer(b"output", id, b"%d" % stream, b"%d" % len(piece))
        self.unsent += piece

    def close_pipe(self, id, stream):
        descriptor = self.commands[id][1].pop(stream)
        self.stop_listening(descriptor)
        del self.sources[descriptor]
        os.close(descriptor)
        self.end_command(id)

    def close_pipes(self, id):
        if id in self.commands:
            for stream in list(self.commands[id][1]):
                self.close_pipe(id, stream)

    def end_command(self, id):
        """Once its leader and its pipes have ended."""
        pid, pipes = self.commands[id]
        # Another command may have its number by now.
        if pipes or self.leaders.get(pid) == id:
            return
        del self.commands[id]
        self.answer(b"end", id)

    def reap(self):
        while self.leaders:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            id = self.leaders.pop(pid, None)
            if id is None:
                continue  # A command can make itself a sibling that is our child.
            is_gone = not send_signal(pid, 0)
            if is_gone:
                self.groups.pop(id, None)
            self.answer(b"exit", id, b"%d %d %d" % (status >> 8, status & 127, is_gone))
            self.end_command(id)

    def end_groups(self):
        for descriptor in self.sources:
            os.close(descriptor)
        for number, seconds in ((signal.SIGTERM, 1), (signal.SIGKILL, 10)):
            for group in self.groups.values():
                send_signal(group, number)
            # Members that hang in the kernel stay for as long as they like.
            self.wait_for_groups(seconds)

    def wait_for_groups(self, seconds):
        for _ in range(round(seconds / LOOK_SECONDS)):
            reap_all()
            self.groups = {id: group for id, group in self.groups.items() if is_there(group)}
            if not self.groups:
                return
            time.sleep(LOOK_SECONDS)


def files_of(name, path):
    """What a name may mean, the first that can be started."""
    if b"/" in name or not name:
        return [name] if name else []
    files = [(folder or b".") + b"/" + name for folder in path.split(b":")]
    return filter(os.path.lexists, files)


def send_signal(group, number):
    """False when the group is gone."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # Somebody is there.
    return True


def reap_all():
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass  # There is none left.


def is_there(group):
    """Zombies are not: in a container whose first process does not wait for orphans, they stay for ever. The fields
    after the command's name are state, parent, group, and the 18th is the number of threads: as long as there are others,
    the end of the first one makes no zombie. Where there is no /proc, nobody can tell."""
    if not send_signal(group, 0):
        return False
    if not os.access("/proc/self/stat", os.R_OK):
        return True
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # It ended.
        has_ended = fields[0] == b"X" or (fields[0] == b"Z" and int(fields[17]) <= 1)
        if int(fields[2]) == group and not has_ended:
            return True
    return False


if "locked" in sys.argv:
    # It is for this process to keep, and for no command.
    os.set_inheritable(LOCK, False)
Launcher().run()
# Without the way out of an interpreter, which takes longer than all the rest of an end.
os._exit(0)
