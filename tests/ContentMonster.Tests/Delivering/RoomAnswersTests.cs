using ContentMonster.Delivering;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class RoomAnswersTests
{
    private static readonly BytePath Part = BytePath.FromText("in/.one.part");
    private readonly ManualTime _time = new();
    private int _asked;

    [Fact]
    public async Task Where_there_is_plenty_many_files_cost_one_question_in_some_seconds()
    {
        RoomAnswers answers = Answers(RoomAnswers.Plenty + 6_000_000);
        (await AskAsync(answers, Part)).ShouldBe(RoomAnswers.Plenty + 6_000_000);
        (await AskAsync(answers, BytePath.FromText("in/.two.part"))).ShouldBe(6_000_000, "the rest may have been written since");
        _asked.ShouldBe(1);
        await AskAsync(answers, BytePath.FromText("in/sub/.two.part"));
        _asked.ShouldBe(2, "that may be another disk");
        _time.Advance(TimeSpan.FromSeconds(5));
        await AskAsync(answers, Part);
        _asked.ShouldBe(3);
    }

    [Fact]
    public async Task Where_there_is_not_each_file_asks()
    {
        RoomAnswers answers = Answers(RoomAnswers.Plenty + 5_999_999);
        await AskAsync(answers, Part);
        (await AskAsync(answers, Part)).ShouldBe(RoomAnswers.Plenty + 5_999_999);
        _asked.ShouldBe(2);
    }

    private static async Task<long?> AskAsync(RoomAnswers answers, BytePath part) => (await answers.AboutAsync(part, 6_000_000, TestContext.Current.CancellationToken))?.FreeBytes;

    private RoomAnswers Answers(long free) => new(
        new HandVessel<IVesselLane>
        {
            Space = _ =>
            {
                _asked++;
                return new RemoteSpace(free, 1, long.MaxValue);
            },
        },
        _time);
}
