using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>What earlier connections to a vessel taught, for the next one; as long as the daemon runs.</summary>
internal sealed class VesselMemory
{
    private const int UntriedAhead = 2;
    private const int EndsAreItsDoing = 3;
    private static readonly TimeSpan HangsAtLeast = TimeSpan.FromHours(1);
    private static readonly TimeSpan EarlyHolds = TimeSpan.FromSeconds(5);
    private EarlyAnswer? _early;
    private volatile bool _loginWorks;
    private volatile bool _loginRefused;
    private volatile bool _oneAtATime;
    private volatile bool _takesNoMore;
    private volatile bool _unpacks = true;
    private volatile bool _listingBroke;
    private readonly ConcurrentDictionary<string, long> _hanging = new(StringComparer.Ordinal);
    private volatile bool _hadShell;
    private volatile bool _isAway;
    private volatile bool _lacksVersion;
    private readonly Queue<long> _checkFileEnds = new(); // when they were; guarded by itself, like the next two
    private int _perhapsEnded; // connections in a row
    private long? _withoutCheckFileSince;

    /// <summary>All that are open or being made, of whichever visit.</summary>
    public Connections Connections { get; init; } = new();

    /// <summary>What ssh was asked before there was a connection to make: worth something for some seconds only, for somebody may change ssh's configuration.</summary>
    public bool TryTakeEarlyAnswer(TimeProvider time, [NotNullWhen(true)] out Task<SshConfiguration>? answer)
    {
        EarlyAnswer? early = Interlocked.Exchange(ref _early, null);
        answer = early is not null && time.GetElapsedTime(early.At) < EarlyHolds ? early.Answer : null;
        return answer is not null;
    }

    public void AskedEarly(Task<SshConfiguration> answer, TimeProvider time) => _early = new EarlyAnswer(answer, time.GetTimestamp());

    /// <summary>How the last login ended.</summary>
    public bool LoginWorks
    {
        set => (_loginWorks, _loginRefused) = (value, !value);
    }

    /// <summary>Whether the vessel takes one new connection at a time (MaxStartups 1): of two that came side by side only one came up.</summary>
    public bool OneAtATime
    {
        get => _oneAtATime;
        set => _oneAtATime = value;
    }

    /// <summary>Whether it refused a connection for having too many, and none has come up since: what has room again is not asked for two at once.</summary>
    public bool TakesNoMore
    {
        get => _takesNoMore;
        set => _takesNoMore = value;
    }

    /// <summary>Whether the last connection was not to be had, for the link's sake.</summary>
    public bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>Whether the last connection came to nothing, perhaps because no SSH server answered: the next one is to tell who did.</summary>
    public bool LacksVersion
    {
        get => _lacksVersion;
        set => _lacksVersion = value;
    }

    /// <summary>Whether it could unpack archives when it was last looked at; taken for granted before.</summary>
    public bool Unpacks
    {
        get => _unpacks;
        set => _unpacks = value;
    }

    /// <summary>Whether it had a shell that could be used.</summary>
    public bool HadShell
    {
        get => _hadShell;
        set => _hadShell = value;
    }

    /// <summary>So many times in a row a shell ended at once with ssh's code for a broken connection, and nothing was said of one.</summary>
    public int ShellsWithoutAWord { get; set; }

    /// <summary>Whether the link was lost while a destination was being listed.</summary>
    public bool ListingBroke
    {
        get => _listingBroke;
        set => _listingBroke = value;
    }

    /// <summary>Where its SFTP server hangs; null: nobody asks.</summary>
    public HangingPlaces? Places { get; init; }

    /// <summary>Told of each command that hangs, when that is found.</summary>
    public Action<string>? Hung { get; init; }

    /// <summary>Commands that hung there within the last hour: looking at each anew would take half a minute. The last found stands last.</summary>
    public IReadOnlyList<string> HangingCommands(TimeProvider time) =>
        [.. _hanging.Where(one => time.GetElapsedTime(one.Value) < HangsAtLeast).OrderBy(one => one.Value).Select(one => one.Key)];

    /// <summary>One more.</summary>
    public void Hangs(string command, TimeProvider time)
    {
        _hanging[command] = time.GetTimestamp();
        Hung?.Invoke(command);
    }

    /// <summary>Told each time that the server's check-file is done without from then on.</summary>
    public Action? WithoutCheckFile { get; init; }

    /// <summary>
    /// Whether the server's check-file is done without, for an hour: it ended several connections within one, whatever it answered in between (it may be one file that
    /// it ends them over), or perhaps (it may be the link) several in a row, and answered in none.
    /// </summary>
    public bool AvoidsCheckFile(TimeProvider time)
    {
        lock (_checkFileEnds)
        {
            return _withoutCheckFileSince is long since && time.GetElapsedTime(since) < HangsAtLeast;
        }
    }

    /// <summary>It answered, be it with a refusal.</summary>
    public void CheckFileAnswered()
    {
        lock (_checkFileEnds)
        {
            _perhapsEnded = 0;
        }
    }

    /// <summary>It ended one more: surely, or perhaps.</summary>
    public void CheckFileEnded(bool surely, TimeProvider time)
    {
        lock (_checkFileEnds)
        {
            _perhapsEnded += surely ? 0 : 1;
            if (surely)
            {
                _checkFileEnds.Enqueue(time.GetTimestamp());
            }

            while (_checkFileEnds.TryPeek(out long oldest) && time.GetElapsedTime(oldest) >= HangsAtLeast)
            {
                _checkFileEnds.Dequeue();
            }

            if (_checkFileEnds.Count < EndsAreItsDoing && _perhapsEnded < EndsAreItsDoing)
            {
                return;
            }

            _checkFileEnds.Clear();
            (_perhapsEnded, _withoutCheckFileSince) = (0, time.GetTimestamp());
        }

        WithoutCheckFile?.Invoke();
    }

    /// <summary>What hung, or ended connections, is tried again.</summary>
    public void ForgetHanging()
    {
        _hanging.Clear();
        lock (_checkFileEnds)
        {
            _checkFileEnds.Clear();
            (_perhapsEnded, _withoutCheckFileSince) = (0, null);
        }
    }

    /// <summary>Where names of files that may be left behind are kept; null: nowhere.</summary>
    public LitterBook? Litter { get; init; }

    /// <summary>
    /// Whether two logins may be tried at once. With a password that may be wrong they are two failed logins an attempt, and many vessels lock an
    /// account after a few; a key that was refused is tried one by one as well. One that was never tried is worth the risk: the second login saves
    /// the setting up of a connection one after another, over a satellite some seconds, and costs a failed login once. Through a jump host the ssh to that offers an empty password as well where its key is refused, several times.
    /// </summary>
    /// <param name="byPassword">Or in another way that may be several failed logins at once.</param>
    public bool MayDialSideBySide(bool byPassword) => !OneAtATime && !TakesNoMore && !_loginRefused && (_loginWorks || !byPassword);

    /// <summary>
    /// Further lanes that may be dialled before the first has logged in: as many as are wanted with a key that was accepted the last time, two with one
    /// that was never tried (with lane and shell four logins at the most, once: what locks accounts out begins at five), else none.
    /// </summary>
    public int MostAhead(bool byPassword) => OneAtATime || TakesNoMore || _loginRefused || byPassword ? 0 : _loginWorks ? int.MaxValue : UntriedAhead;

    private sealed record EarlyAnswer(Task<SshConfiguration> Answer, long At);
}
