using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.Platform.Api.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Orders.Data;

internal static class OrdersJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new MoneyConverter() },
    };

    /// <summary>Stores an immutable value as jsonb; it is replaced, never edited in place.</summary>
    public static PropertyBuilder<T> AsJson<T>(this PropertyBuilder<T> property)
    {
        property
            .HasColumnType("jsonb")
            .HasConversion(
                value => JsonSerializer.Serialize(value, Options),
                text => JsonSerializer.Deserialize<T>(text, Options)!,
                new ValueComparer<T>(
                    (a, b) => ReferenceEquals(a, b) || Equals(a, b),
                    value => value == null ? 0 : value.GetHashCode(),
                    value => value
                )
            );
        return property;
    }
}

internal sealed class OrdersConfiguration
    : IEntityTypeConfiguration<Quote>,
        IEntityTypeConfiguration<Order>,
        IEntityTypeConfiguration<OrderLine>,
        IEntityTypeConfiguration<Contract>,
        IEntityTypeConfiguration<ContractEvent>,
        IEntityTypeConfiguration<Stop>,
        IEntityTypeConfiguration<BulkOrder>,
        IEntityTypeConfiguration<BulkLine>
{
    private const string Schema = "orders";

    public void Configure(EntityTypeBuilder<Quote> builder)
    {
        builder.ToTable("quote", Schema);
        builder.Property(q => q.Request).AsJson();
        builder.Property(q => q.Plan).AsJson();
        builder.Property(q => q.Alternatives).AsJson();
    }

    public void Configure(EntityTypeBuilder<Order> builder)
    {
        builder.ToTable("order", Schema);
        builder.HasMany(o => o.Lines).WithOne().HasForeignKey(l => l.OrderId);
        // Known to EF so that rows are written in the order the foreign keys want.
        builder.HasOne<Quote>().WithOne().HasForeignKey<Order>(o => o.QuoteId);
    }

    public void Configure(EntityTypeBuilder<OrderLine> builder) => builder.ToTable("order_line", Schema);

    public void Configure(EntityTypeBuilder<Contract> builder)
    {
        builder.ToTable("contract", Schema);
        builder.Property(c => c.Plan).AsJson();
        builder.Property(c => c.RetailPerCardHour).HasColumnType("numeric(38,18)");
        builder.Property(c => c.WholesalePerCardHour).HasColumnType("numeric(38,18)");
        builder.Property(c => c.TaxRate).HasColumnType("numeric(9,6)");
        builder.Property(c => c.Hours).HasColumnType("numeric(18,6)");
        builder.Property(c => c.RowVersion).HasColumnName("xmin").HasColumnType("xid").IsRowVersion();
        builder.HasMany(c => c.Events).WithOne().HasForeignKey(e => e.ContractId);
        builder.HasOne<Order>().WithMany().HasForeignKey(c => c.OrderId);
        builder.HasOne<OrderLine>().WithOne().HasForeignKey<Contract>(c => c.LineId);
        builder.Ignore(c => c.IsOpen);
    }

    public void Configure(EntityTypeBuilder<ContractEvent> builder)
    {
        builder.ToTable("contract_event", Schema);
        builder.HasKey(e => new { e.ContractId, e.Number });
    }

    public void Configure(EntityTypeBuilder<Stop> builder)
    {
        builder.ToTable("stop", Schema);
        builder.Ignore(s => s.IsWaiting);
        builder.HasOne<Contract>().WithMany().HasForeignKey(s => s.ContractId);
    }

    public void Configure(EntityTypeBuilder<BulkOrder> builder)
    {
        builder.ToTable("bulk_order", Schema);
        builder.Property(b => b.MaxUnitPrice).HasColumnType("numeric(38,18)");
        builder.Property(b => b.ProblemJson).HasColumnType("jsonb");
    }

    public void Configure(EntityTypeBuilder<BulkLine> builder)
    {
        builder.ToTable("bulk_line", Schema);
        builder.HasKey(l => new { l.BulkOrderId, l.Line });
        builder.HasOne<BulkOrder>().WithMany().HasForeignKey(l => l.BulkOrderId);
        builder.Property(l => l.RequestJson).HasColumnType("jsonb");
        builder.Property(l => l.ProblemJson).HasColumnType("jsonb");
    }
}
