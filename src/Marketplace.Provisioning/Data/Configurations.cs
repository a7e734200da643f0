using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Provisioning.Data;

internal sealed class ProvisioningConfiguration
    : IEntityTypeConfiguration<ClusterRow>,
        IEntityTypeConfiguration<InventoryRow>,
        IEntityTypeConfiguration<Workload>,
        IEntityTypeConfiguration<WorkloadEventRow>,
        IEntityTypeConfiguration<AllocationRow>
{
    /// <summary>The index that keeps a cluster from being connected twice.</summary>
    public const string OneConnectionPerCluster = "cluster_connected_once";

    private const string Schema = "provisioning";

    public void Configure(EntityTypeBuilder<ClusterRow> builder) => builder.ToTable("cluster", Schema);

    public void Configure(EntityTypeBuilder<InventoryRow> builder)
    {
        builder.ToTable("inventory", Schema);
        builder.HasKey(i => i.ClusterId);
        builder.HasOne<ClusterRow>().WithOne().HasForeignKey<InventoryRow>(i => i.ClusterId);
        builder.Property(i => i.Content).HasColumnType("jsonb");
    }

    public void Configure(EntityTypeBuilder<Workload> builder)
    {
        builder.ToTable("workload", Schema);
        builder.Property(w => w.Desired).HasColumnType("jsonb");
        builder.Property(w => w.Pods).HasColumnType("jsonb");
        builder.HasOne<ClusterRow>().WithMany().HasForeignKey(w => w.ClusterId);
        builder.Ignore(w => w.IsGone).Ignore(w => w.IsResting).Ignore(w => w.TurnReadyAt);
    }

    public void Configure(EntityTypeBuilder<WorkloadEventRow> builder)
    {
        builder.ToTable("workload_event", Schema);
        builder.HasKey(e => new { e.ContractId, e.EventKey });
    }

    public void Configure(EntityTypeBuilder<AllocationRow> builder)
    {
        builder.ToTable("allocation", Schema);
        builder.HasKey(a => a.PodUid);
        builder.Property(a => a.Cards).HasColumnType("numeric(18,6)");
        builder.Property(a => a.MeasuredCardSeconds).HasColumnType("numeric(38,6)");
    }
}
