# Starts the commands of a build for wrangle, and ends them when wrangle is gone (see design-notes, "Processes"). Told
# what to do on its stdin, it answers on its stdout; launcher.ts is the other side. Knows nothing of stages, logs or time
# limits. In Perl because a fork costs what the memory of its parent costs, and this one has hardly any.
#
#   start ID BYTES, then so many bytes: folder, number of arguments, arguments, variables, each ended by NUL
#       -> started ID PID                it is the command now, in a process group of the same number
#       -> failed ID ERRNO               or it could not become that; nothing follows
#       -> output ID STREAM BYTES, then so many bytes
#       -> exit ID CODE SIGNAL ISGONE    its leader ended; a group that is gone is not watched any more
#       -> end ID                        both its pipes and its leader have ended; nothing follows
#   pause ID, resume ID, close ID        its output is not read for now, is read again, is not wanted any more
#   watch ID GROUP, forget ID            a group that somebody else started; a group that is gone
#
# When stdin ends, wrangle has ended or was killed. What is watched then gets TERM, a second, KILL, and is waited for,
# because this process may hold the lock of the workspace.
use strict;
use warnings;

use constant { WNOHANG => 1, ESRCH => 3, EINTR => 4 };
use constant { LOCK_FD => 3, PIECE_BYTES => 65536 };
# A child that ends just before a look at the pipes does not end the look; this does.
use constant LOOK_SECONDS => 0.1;

my %process;    # id -> { pid, pipes: stream -> handle, status: handle }, until its leader and its pipes have ended
my %leader;     # pid -> id, until it has ended
my %source;     # file number of a handle -> [id, stream], or [id] for a status
my %group;      # id -> group, as long as it is watched
my ($read_bits, $unread, $unsent) = ('', '', '');

my @IGNORED = qw(HUP INT QUIT TERM PIPE);
$SIG{$_} = 'IGNORE' for @IGNORED;
$SIG{CHLD} = sub { };
# Perl does not pass on a descriptor that it knows.
open(my $lock, '<&=', LOCK_FD) if @ARGV;

vec($read_bits, fileno(STDIN), 1) = 1;
answer('ready');
send_answers();
while (1) {
    my $ready = $read_bits;
    if (select($ready, undef, undef, %leader ? LOOK_SECONDS : undef) > 0) {
        for my $file_number (grep { vec($ready, $_, 1) } keys %source) {
            # One may close others.
            my $source = $source{$file_number} or next;
            read_source(@$source);
        }
        if (vec($ready, fileno(STDIN), 1)) { read_messages() or last }
    }
    reap();
    send_answers();
}
end_groups();

sub answer { $unsent .= "@_\n" }

# Waits while wrangle has no time to read, and then so do the commands in their next write: what they say is never
# piled up in memory.
sub send_answers {
    while ($unsent ne '') {
        my $sent = syswrite(STDOUT, $unsent);
        if    (defined $sent) { substr($unsent, 0, $sent, '') }
        elsif ($! != EINTR)   { end_groups() }
    }
}

# False at the end.
sub read_messages {
    my $size = sysread(STDIN, $unread, PIECE_BYTES, length $unread);
    return $! == EINTR if !defined $size;
    while ($unread =~ /^(\w+) (\d+) ?(\d*)\n/) {
        my ($verb, $id, $number, $length) = ($1, $2, $3, $+[0]);
        if ($verb eq 'start') {
            last if length($unread) < $length + $number;
            launch($id, split /\0/, substr($unread, $length, $number), -1);
            $length += $number;
        }
        elsif ($verb eq 'pause')  { listen_to($id, 0) }
        elsif ($verb eq 'resume') { listen_to($id, 1) }
        elsif ($verb eq 'close')  { close_pipes($id) }
        elsif ($verb eq 'watch')  { $group{$id} = $number }
        elsif ($verb eq 'forget') { delete $group{$id} }
        substr($unread, 0, $length, '');
    }
    return $size > 0;
}

sub launch {
    my ($id, $folder, $count, @fields) = @_;
    my @command = splice @fields, 0, $count;
    pop @fields;    # What follows the last NUL.
    # Two streams, and a status that ends when the child becomes the command: before that it could miss a signal.
    my (@mine, @theirs);
    for (0 .. 2) { pipe($mine[$_], $theirs[$_]) or return answer('failed', $id, $! + 0) }
    my $pid = fork;
    return answer('failed', $id, $! + 0) if !defined $pid;
    become($folder, \@command, \@fields, @theirs) if $pid == 0;

    # By both, so that the group is there for whoever is first to speak of it.
    setpgrp($pid, $pid);
    $group{$id} = $pid;
    $leader{$pid} = $id;
    $process{$id} = { pid => $pid, pipes => { 0 => $mine[0], 1 => $mine[1] }, status => $mine[2] };
    $source{ fileno $mine[$_] } = [$id, $_] for 0, 1;
    $source{ fileno $mine[2] } = [$id];
    vec($read_bits, fileno $_, 1) = 1 for @mine;
}

# The part of the child; never returns.
sub become {
    my ($folder, $command, $variables, $stdout, $stderr, $status) = @_;
    setpgrp(0, 0);
    $SIG{$_} = 'DEFAULT' for @IGNORED, 'CHLD';
    my $is_ready = open(STDIN, '<', '/dev/null')
        && open(STDOUT, '>&', $stdout)
        && open(STDERR, '>&', $stderr)
        && chdir($folder);
    if ($is_ready) {
        %ENV = map { split /=/, $_, 2 } @$variables;
        no warnings 'exec';
        exec { $command->[0] } @$command;
    }
    syswrite($status, $! + 0);
    kill 'KILL', $$;
}

sub listen_to {
    my ($id, $bit) = @_;
    my $process = $process{$id} or return;
    vec($read_bits, fileno $_, 1) = $bit for values %{ $process->{pipes} };
}

sub read_source {
    my ($id, $stream) = @_;
    return read_status($id) if !defined $stream;
    my $size = sysread($process{$id}{pipes}{$stream}, my $bytes, PIECE_BYTES);
    return if !defined $size && $! == EINTR;
    return close_pipe($id, $stream) if !$size;
    # What says something is a command.
    read_status($id);
    answer('output', $id, $stream, $size);
    $unsent .= $bytes;
}

# Tells whether it has become the command, once.
sub read_status {
    my ($id) = @_;
    my $process = $process{$id};
    my $status = delete $process->{status} or return;
    my $errno = '';
    1 while !defined sysread($status, $errno, PIECE_BYTES) && $! == EINTR;
    forget_source($status);
    return answer('started', $id, $process->{pid}) if $errno eq '';
    close_pipes($id);
    delete $process{$id};
    answer('failed', $id, $errno);
}

sub forget_source {
    my ($handle) = @_;
    vec($read_bits, fileno $handle, 1) = 0;
    delete $source{ fileno $handle };
    close $handle;
}

sub close_pipe {
    my ($id, $stream) = @_;
    forget_source(delete $process{$id}{pipes}{$stream});
    end_process($id);
}

sub close_pipes {
    my ($id) = @_;
    my $process = $process{$id} or return;
    close_pipe($id, $_) for keys %{ $process->{pipes} };
}

# Once its leader and its pipes have ended.
sub end_process {
    my ($id) = @_;
    my $process = $process{$id} or return;
    return if exists $leader{ $process->{pid} } || %{ $process->{pipes} };
    delete $process{$id};
    answer('end', $id);
}

sub reap {
    while ((my $pid = waitpid(-1, WNOHANG)) > 0) {
        my ($code, $signal) = ($? >> 8, $? & 127);
        my $id = $leader{$pid};
        read_status($id) if $process{$id};
        delete $leader{$pid};
        my $is_gone = is_gone($pid) ? 1 : 0;
        delete $group{$id} if $is_gone;
        next if !$process{$id};    # It never was the command.
        answer('exit', $id, $code, $signal, $is_gone);
        end_process($id);
    }
}

sub is_gone {
    my ($group) = @_;
    return !kill(0, -$group) && $! == ESRCH;
}

sub end_groups {
    close_pipes($_) for keys %process;
    kill 'TERM', map { -$_ } values %group;
    wait_for_groups(1);
    kill 'KILL', map { -$_ } values %group;
    # Members that hang in the kernel stay for as long as they like.
    wait_for_groups(10);
    exit;
}

sub wait_for_groups {
    my ($seconds) = @_;
    for (my $looks = $seconds / LOOK_SECONDS; $looks > 0; $looks--) {
        1 while waitpid(-1, WNOHANG) > 0;
        my @gone = grep { is_gone($group{$_}) || has_only_zombies($group{$_}) } keys %group;
        delete @group{@gone};
        return if !%group;
        select(undef, undef, undef, LOOK_SECONDS);
    }
}

# In a container whose first process does not wait for orphans, members stay as zombies for ever. The fields after the
# command's name are state, parent, group. Where there is no /proc, nobody can tell.
sub has_only_zombies {
    my ($group) = @_;
    return 0 if !-r '/proc/self/stat' || !opendir(my $folder, '/proc');
    for my $pid (grep { /^\d+$/ } readdir $folder) {
        open(my $stat, '<', "/proc/$pid/stat") or next;
        my ($state, undef, $of) = (readline($stat) // '') =~ /.*\) (\S) (\d+) (\d+)/s or next;
        return 0 if $of == $group && $state !~ /[ZX]/;
    }
    return 1;
}
