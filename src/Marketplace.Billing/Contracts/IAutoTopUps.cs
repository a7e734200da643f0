using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <param name="Threshold">Below it credit is bought.</param>
/// <param name="MostPerDay">1 to 24, by the day in UTC.</param>
/// <param name="Stopped">Why it does nothing any more, such as a declined card; setting it again starts it.</param>
public sealed record AutoTopUp(Money Threshold, Money Amount, int MostPerDay, bool Enabled, string? Stopped = null);

/// <summary>Credit that is bought by itself from the default method, for the acting party.</summary>
public interface IAutoTopUps
{
    Task<AutoTopUp?> FindAsync(CancellationToken ct);

    /// <returns><c>no-cards</c> without a provider of cards; <c>invalid-request</c> with the field.</returns>
    Task<Outcome<AutoTopUp>> SetAsync(AutoTopUp wish, CancellationToken ct);
}
