using ContentMonster.Delivering;

namespace ContentMonster.Tests.Delivering;

public sealed class NewPartTests
{
    [Fact]
    public void All_that_begin_at_once_make_it_and_none_once_a_byte_of_it_is_acknowledged()
    {
        var part = new NewPart();
        part.MayYetBeMade.ShouldBeFalse();
        part.IsToBeMade().ShouldBeTrue();
        part.IsToBeMade().ShouldBeTrue();
        part.IsThere();
        part.IsToBeMade().ShouldBeFalse();
        part.MayYetBeMade.ShouldBeTrue("one who was to make it has not been heard of");
        part.IsThere();
        part.MayYetBeMade.ShouldBeFalse();
    }
}
