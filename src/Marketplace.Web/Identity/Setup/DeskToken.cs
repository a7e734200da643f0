using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Web.Identity.Setup;

/// <summary>The secret of the printed set-up address, of which only the hash is kept. There is one row at most.</summary>
[Global("Belongs to the installation while it has no network desk; only identity reads this table.")]
internal sealed class DeskToken
{
    public bool One { get; init; } = true;
    public required byte[] Hash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class DeskTokenConfiguration : IEntityTypeConfiguration<DeskToken>
{
    public void Configure(EntityTypeBuilder<DeskToken> builder)
    {
        builder.ToTable("desk_token", "identity").HasKey(t => t.One);
        builder.Property(t => t.One).ValueGeneratedNever();
    }
}
