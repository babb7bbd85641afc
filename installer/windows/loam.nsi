; The setup program for Windows. It needs no administrator: everything goes below the person's own
; folder. Compiled with
;   makensis -DVERSION=1.2.3 -DBUNDLE=path\to\dist\loam -DICON=loam.ico -DOUT=loam-1.2.3-setup.exe loam.nsi
; BUNDLE: the folder that PyInstaller built, with models and resources in it (complete.py).
; The person's data (%LOCALAPPDATA%\loam) is never touched, and removal says where it is.

Unicode true
!include "MUI2.nsh"
!include "FileFunc.nsh"

!ifndef VERSION | BUNDLE | OUT
  !error "VERSION, BUNDLE and OUT must be given"
!endif

!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Loam"
!define KIND "Loam.Model"

Name "Loam"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Loam"
InstallDirRegKey HKCU "Software\Loam" "Folder"
RequestExecutionLevel user
SetCompressor /SOLID lzma
ManifestDPIAware true
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "Loam"
VIAddVersionKey FileDescription "Loam setup"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey LegalCopyright "Loam contributors, Apache-2.0"

!ifdef ICON
  !define MUI_ICON "${ICON}"
  !define MUI_UNICON "${ICON}"
!endif
!define MUI_FINISHPAGE_RUN "$INSTDIR\loam.exe"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; A file of a running program can't be written; one that can be renamed is not in use.
!macro RefuseWhileRunning UN
Function ${UN}RefuseWhileRunning
  again:
  IfFileExists "$INSTDIR\loam.exe" 0 free
  ClearErrors
  Rename "$INSTDIR\loam.exe" "$INSTDIR\loam.exe.old"
  IfErrors 0 renamed
  MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Loam is running. Close it, then try again." /SD IDCANCEL IDRETRY again
  Abort
  renamed:
  Rename "$INSTDIR\loam.exe.old" "$INSTDIR\loam.exe"
  free:
FunctionEnd
!macroend
!insertmacro RefuseWhileRunning ""
!insertmacro RefuseWhileRunning "un."

; Only what the setup program put there: a person may have chosen a folder with other things in it.
!macro RemoveProgram
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\loam.exe"
  Delete "$INSTDIR\loam-terminal.exe"
!macroend

Section "Loam"
  Call RefuseWhileRunning
  !insertmacro RemoveProgram
  SetOutPath "$INSTDIR"
  File /r "${BUNDLE}\*.*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Loam.lnk" "$INSTDIR\loam.exe"

  ; Loam is offered for .gguf files; what the person opens them with now stays.
  WriteRegStr HKCU "Software\Classes\${KIND}" "" "Language model (GGUF)"
  WriteRegStr HKCU "Software\Classes\${KIND}\DefaultIcon" "" "$INSTDIR\loam.exe,0"
  WriteRegStr HKCU "Software\Classes\${KIND}\shell\open\command" "" '"$INSTDIR\loam.exe" "%1"'
  WriteRegStr HKCU "Software\Classes\.gguf\OpenWithProgids" "${KIND}" ""

  WriteRegStr HKCU "Software\Loam" "Folder" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "DisplayName" "Loam"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "DisplayIcon" "$INSTDIR\loam.exe"
  WriteRegStr HKCU "${KEY}" "Publisher" "Loam contributors"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${KEY}" "EstimatedSize" "$0"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd

Section "Uninstall"
  Call un.RefuseWhileRunning
  !insertmacro RemoveProgram
  Delete "$SMPROGRAMS\Loam.lnk"
  DeleteRegKey HKCU "Software\Classes\${KIND}"
  DeleteRegValue HKCU "Software\Classes\.gguf\OpenWithProgids" "${KIND}"
  DeleteRegKey HKCU "Software\Loam"
  DeleteRegKey HKCU "${KEY}"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
  MessageBox MB_OK|MB_ICONINFORMATION "Your chats, documents, models and settings stay in $LOCALAPPDATA\loam. Delete that folder to remove them too." /SD IDOK
SectionEnd
