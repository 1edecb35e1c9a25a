using Xunit;

namespace Loyalty.Tests;

public class PointsTests
{
    private readonly Points _points = new();

    [Theory]
    [InlineData(99, 0)]
    [InlineData(250, 2)]
    [InlineData(100_00, 110)]
    public void APurchaseEarnsAPointForEachWholeEuro(int cents, int expected)
    {
        Assert.Equal(expected, _points.Earn("ada", cents));
    }

    [Fact]
    public void PointsAddUp()
    {
        _points.Earn("ada", 300);
        _points.Earn("ada", 400);

        Assert.Equal(7, _points.Of("ada"));
        Assert.Equal(0, _points.Of("grace"));
    }

    [Fact]
    public void AFreePurchaseIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _points.Earn("ada", 0));
    }
}
