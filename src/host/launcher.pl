# Starts the commands of a build for wrangle, and ends them when wrangle is gone (see design-notes, "Processes"). Told
# what to do on its stdin, it answers on its stdout; launcher.ts is the other side. Knows nothing of stages, logs or time
# limits. In Perl because a fork costs what the memory of its parent costs, and this one has hardly any.
#
#   start ID BYTES, then so many bytes: folder, number of arguments, arguments, and the variables that the command before
#   it did not have (NAME=VALUE), or had and this one has not (NAME), each ended by NUL
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
# A child that ends just before a look at the pipes does not end the look; this does. Most end right after their pipes, so
# the looks after that are short at first.
use constant { LOOK_SECONDS => 0.1, FIRST_LOOK_SECONDS => 0.001 };
# How long it may take until wrangle hears that a command was started. Most are over by then, and all is said in one go.
use constant STARTED_SECONDS => 0.02;

my %process;     # id -> { pid, pipes: stream -> handle }, until its leader and its pipes have ended
my %leader;      # pid -> id, until it has ended
my %source;      # file number of a handle -> [id, stream]
my %group;       # id -> group, as long as it is watched
my $folder = '';
my ($read_bits, $unread, $unsent) = ('', '', '');
my $is_urgent;    # something that is not sent yet cannot wait
my $look_seconds = LOOK_SECONDS;

# Not ignored, which the commands would inherit; and nothing happens all the same.
$SIG{$_} = sub { } for qw(HUP INT QUIT TERM PIPE CHLD);
# Perl does not pass on a descriptor that it knows, except these three, which are for the commands.
open(my $lock, '<&=', LOCK_FD) if @ARGV;
open(my $requests, '<&', \*STDIN)  or die;
open(my $answers,  '>&', \*STDOUT) or die;
open(STDIN, '<', '/dev/null') or die;
open(my $nowhere, '>', '/dev/null') or die;
let_go();
%ENV = ();

vec($read_bits, fileno($requests), 1) = 1;
answer('ready');
send_answers();
while (1) {
    my $ready = $read_bits;
    my $found = select($ready, undef, undef, wait_seconds());
    if ($found > 0) {
        for my $file_number (grep { vec($ready, $_, 1) } keys %source) {
            # One may close others.
            my $source = $source{$file_number} or next;
            read_output(@$source);
        }
        if (vec($ready, fileno($requests), 1)) { read_messages() or last }
    }
    reap();
    # Once there is nothing more to add.
    send_answers() if $found == 0 || length $unsent > PIECE_BYTES;
    $look_seconds *= 2 if $found == 0 && $look_seconds < LOOK_SECONDS;
}
end_groups();

sub answer { $unsent .= "@_\n"; $is_urgent = 1 }

# Undefined: until there is something to read.
sub wait_seconds {
    return 0 if $is_urgent;
    return STARTED_SECONDS if $unsent ne '' && STARTED_SECONDS < $look_seconds;
    return %leader ? $look_seconds : undef;
}

# Waits while wrangle has no time to read, and then so do the commands in their next write: what they say is never
# piled up in memory.
sub send_answers {
    while ($unsent ne '') {
        my $sent = syswrite($answers, $unsent);
        if    (defined $sent) { substr($unsent, 0, $sent, '') }
        elsif ($! != EINTR)   { end_groups() }
    }
    $is_urgent = 0;
}

# False at the end.
sub read_messages {
    my $size = sysread($requests, $unread, PIECE_BYTES, length $unread);
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

# A fork costs what the two then write to the memory they share. So everything is made ready before it, the child only
# becomes the command, and until it has, the parent waits.
sub launch {
    my ($id, $where, $count, @variables) = @_;
    my @command = splice @variables, 0, $count;
    pop @variables;    # What follows the last NUL.
    # First, because the next command will be told only in what it differs from this one.
    for (@variables) {
        my ($name, $value) = split /=/, $_, 2;
        if (defined $value) { $ENV{$name} = $value }
        else                { delete $ENV{$name} }
    }
    # Two streams, and a status that ends when the child becomes the command.
    my (@mine, @theirs);
    for (0 .. 2) { pipe($mine[$_], $theirs[$_]) or return answer('failed', $id, $! + 0) }
    if ($where ne $folder) {
        chdir($where) or return answer('failed', $id, $! + 0);
        $folder = $where;
    }
    my $pid = open(STDOUT, '>&', $theirs[0]) && open(STDERR, '>&', $theirs[1]) ? fork : undef;
    become(\@command, $theirs[2]) if defined $pid && $pid == 0;
    my $errno = $! + 0;
    # First, because to let go takes a descriptor, too, and there may be no other.
    close $_ for @theirs;
    let_go();
    return answer('failed', $id, $errno) if !defined $pid;
    my $said = '';
    1 while !defined sysread($mine[2], $said, PIECE_BYTES) && $! == EINTR;
    $leader{$pid} = $id;
    return answer('failed', $id, $said) if $said ne '';

    $group{$id} = $pid;
    $process{$id} = { pid => $pid, pipes => { 0 => $mine[0], 1 => $mine[1] } };
    for (0, 1) {
        $source{ fileno $mine[$_] } = [$id, $_];
        vec($read_bits, fileno $mine[$_], 1) = 1;
    }
    $unsent .= "started $id $pid\n";
}

# The part of the child; never returns.
sub become {
    my ($command, $status) = @_;
    setpgrp(0, 0);
    no warnings 'exec';
    exec { $command->[0] } @$command;
    syswrite($status, $! + 0);
    kill 'KILL', $$;
}

# The ends of a command's pipes must not stay open here.
sub let_go {
    open(STDOUT, '>&', $nowhere) && open(STDERR, '>&', $nowhere) or die;
}

sub listen_to {
    my ($id, $bit) = @_;
    my $process = $process{$id} or return;
    vec($read_bits, fileno $_, 1) = $bit for values %{ $process->{pipes} };
}

sub read_output {
    my ($id, $stream) = @_;
    my $size = sysread($process{$id}{pipes}{$stream}, my $bytes, PIECE_BYTES);
    return if !defined $size && $! == EINTR;
    return close_pipe($id, $stream) if !$size;
    answer('output', $id, $stream, $size);
    $unsent .= $bytes;
}

sub close_pipe {
    my ($id, $stream) = @_;
    my $handle = delete $process{$id}{pipes}{$stream};
    vec($read_bits, fileno $handle, 1) = 0;
    delete $source{ fileno $handle };
    close $handle;
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
    return if %{ $process->{pipes} };
    return $look_seconds = FIRST_LOOK_SECONDS if exists $leader{ $process->{pid} };
    delete $process{$id};
    answer('end', $id);
}

sub reap {
    while ((my $pid = waitpid(-1, WNOHANG)) > 0) {
        my ($code, $signal) = ($? >> 8, $? & 127);
        my $id = delete $leader{$pid};
        my $is_gone = is_gone($pid) ? 1 : 0;
        delete $group{$id} if $is_gone && defined $id;
        next if !defined $id || !$process{$id};    # It never was the command.
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
