namespace Marketplace.Scheduling.Work;

/// <summary>A chip that can do a piece of work: what an hour of one card costs and how much it does.</summary>
/// <param name="Chip">Its name.</param>
/// <param name="PricePerCardHour">In micro-units of one currency, above 0.</param>
/// <param name="UnitsPerSecond">Measured throughput of one card, in one unit for all chips that are compared, above 0.</param>
public sealed record ChipRate(string Chip, long PricePerCardHour, double UnitsPerSecond)
{
    /// <summary>Micro-units per unit of work: price per hour / (units per second · 3600).</summary>
    public double PricePerUnit => PricePerCardHour / (UnitsPerSecond * 3600);
}
