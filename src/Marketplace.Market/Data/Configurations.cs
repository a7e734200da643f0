using System.Linq.Expressions;
using Marketplace.Market.Domain;
using Marketplace.Platform.Monetary;
using Marketplace.Scheduling.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Market.Data;

/// <summary>The module's tables. <c>Revision</c> is the optimistic lock and the ETag of whatever people edit.</summary>
internal sealed class Configurations
    : IEntityTypeConfiguration<MarketParty>,
        IEntityTypeConfiguration<MarketSite>,
        IEntityTypeConfiguration<Listing>,
        IEntityTypeConfiguration<PriceVersion>,
        IEntityTypeConfiguration<ResaleAuthorization>,
        IEntityTypeConfiguration<MarketOffer>,
        IEntityTypeConfiguration<Bundle>,
        IEntityTypeConfiguration<BundleVersion>,
        IEntityTypeConfiguration<CapacityClaim>,
        IEntityTypeConfiguration<GrantedCapacity>
{
    private const string Schema = "market";
    private const string Price = "numeric(38,18)";
    private const string Fraction = "numeric(9,4)";

    public void Configure(EntityTypeBuilder<MarketParty> builder)
    {
        builder.ToTable("party", Schema);
        builder.Property(p => p.Revision).IsConcurrencyToken();
        builder.Ignore(p => p.IsApproved);
    }

    public void Configure(EntityTypeBuilder<MarketSite> builder) => builder.ToTable("site", Schema);

    public void Configure(EntityTypeBuilder<Listing> builder)
    {
        builder.ToTable("listing", Schema);
        builder.Property(l => l.Revision).IsConcurrencyToken();
        builder.Property(l => l.Sla).HasColumnType("numeric(9,6)");
        Classes(builder, l => l.Classes);
        builder.Ignore(l => l.CommittedCards);
    }

    public void Configure(EntityTypeBuilder<PriceVersion> builder)
    {
        builder.ToTable("price_version", Schema);
        builder.Property(p => p.PricePerCardHour).HasColumnType(Price);
    }

    public void Configure(EntityTypeBuilder<ResaleAuthorization> builder)
    {
        builder.ToTable("resale_authorization", Schema);
        builder.Property(a => a.MinMarkup).HasColumnType(Fraction);
        builder.Property(a => a.MaxMarkup).HasColumnType(Fraction);
        builder.Property(a => a.Revision).IsConcurrencyToken();
    }

    public void Configure(EntityTypeBuilder<MarketOffer> builder)
    {
        builder.ToTable("offer", Schema);
        builder.Property(o => o.Markup).HasColumnType(Fraction);
        builder.Property(o => o.Revision).IsConcurrencyToken();
        builder.Property(o => o.Plan).HasColumnType("jsonb").HasConversion(plan => plan!.ToJson(), json => PricePlan.Parse(json));
        Classes(builder, o => o.Classes);
    }

    public void Configure(EntityTypeBuilder<Bundle> builder)
    {
        builder.ToTable("bundle", Schema);
        builder.Property(b => b.Revision).IsConcurrencyToken();
    }

    public void Configure(EntityTypeBuilder<BundleVersion> builder)
    {
        builder.ToTable("bundle_version", Schema);
        builder.HasKey(v => new { v.BundleId, v.Version });
        builder.Property(v => v.Recipe).HasColumnType("jsonb");
    }

    public void Configure(EntityTypeBuilder<CapacityClaim> builder) => builder.ToTable("capacity_claim", Schema);

    public void Configure(EntityTypeBuilder<GrantedCapacity> builder)
    {
        builder.ToTable("capacity_grant", Schema);
        builder.HasKey(g => new { g.ClaimId, g.Ordinal });
    }

    private static void Classes<T>(EntityTypeBuilder<T> builder, Expression<Func<T, ContractClass[]>> property)
        where T : class =>
        builder
            .Property(property)
            .HasConversion(classes => ClassNames.ToText(classes), text => ClassNames.Parse(text), ClassNames.Comparer)
            .HasColumnType("text[]");
}

/// <summary>Contract classes as the text[] column holds them.</summary>
internal static class ClassNames
{
    public static readonly ValueComparer<ContractClass[]> Comparer = new(
        (a, b) => a == b || (a != null && b != null && a.SequenceEqual(b)),
        classes => classes.Aggregate(classes.Length, (hash, item) => HashCode.Combine(hash, item)),
        classes => classes.ToArray()
    );

    public static string[] ToText(ContractClass[] classes) => [.. classes.Select(item => item.ToString())];

    public static ContractClass[] Parse(string[] text) => [.. text.Select(item => Enum.Parse<ContractClass>(item))];
}
