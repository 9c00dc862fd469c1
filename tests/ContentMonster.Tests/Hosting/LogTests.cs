using ContentMonster.Daemon.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Tests.Hosting;

public sealed class LogTests
{
    [Theory]
    [InlineData(LogLevel.Critical, 2)]
    [InlineData(LogLevel.Error, 3)]
    [InlineData(LogLevel.Warning, 4)]
    [InlineData(LogLevel.Information, 6)]
    [InlineData(LogLevel.Debug, 7)]
    public void The_journal_gets_a_priority_and_no_time(LogLevel level, int priority) => Written(forJournal: true, level, "Sent it").ShouldBe($"<{priority}>Sent it\n");

    [Fact]
    public void Elsewhere_a_line_has_time_level_and_message() =>
        Written(forJournal: false, LogLevel.Warning, "Sent it").ShouldMatch(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} warn  Sent it\n$");

    [Fact]
    public void A_file_name_cannot_forge_a_line()
    {
        string written = Written(forJournal: true, LogLevel.Information, "Published a\n<2>All is lost\u001b[2J");
        written.ShouldBe("<6>Published a\\u{a}<2>All is lost\\u{1b}[2J\n");
    }

    [Fact]
    public void An_exception_stays_on_its_line() =>
        Written(forJournal: true, LogLevel.Error, "Could not", new IOException("first\nsecond")).ShouldMatch("^<3>Could not \\| System.IO.IOException: first \\| second[^\n]*\n$");

    [Fact]
    public void Inherited_variables_alone_do_not_make_a_journal()
    {
        // The runner's standard error is a pipe, a file or a terminal, never the socket with inode 1.
        Logs.GoToJournal(name => name == "JOURNAL_STREAM" ? "8:1" : null, errorIsTerminal: false).ShouldBeFalse();
        Logs.GoToJournal(_ => "8:1", errorIsTerminal: true).ShouldBeFalse();
        Logs.GoToJournal(_ => null, errorIsTerminal: false).ShouldBeFalse();
    }

    private static string Written(bool forJournal, LogLevel level, string message, Exception? exception = null)
    {
        using var text = new StringWriter();
        var entry = new LogEntry<string>(level, "Room", default, message, exception, (state, _) => state);
        new LineFormatter(forJournal, TimeProvider.System).Write(entry, null, text);
        return text.ToString();
    }
}
