using System.Collections.Concurrent;

namespace Loyalty;

/// <summary>One point for each whole euro of a purchase, ten more for a large one.</summary>
public sealed class Points
{
    private const int LargePurchase = 100_00;
    private readonly ConcurrentDictionary<string, int> _points = new();

    public int Of(string customer) => _points.GetValueOrDefault(customer);

    public int Earn(string customer, int cents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cents, 1);
        var earned = cents / 100 + (cents >= LargePurchase ? 10 : 0);
        return _points.AddOrUpdate(customer, earned, (_, had) => had + earned);
    }
}
