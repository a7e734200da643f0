namespace Marketplace.E2E.Hosting;

/// <summary>A folder for the data of a host, that the account which runs PostgreSQL may enter when the tests run as root.</summary>
internal static class DataFolder
{
    public static DirectoryInfo Create(string prefix)
    {
        var folder = Directory.CreateTempSubdirectory(prefix);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        return folder;
    }
}
